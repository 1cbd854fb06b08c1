import { useState } from "react";
import { isVersionConflict } from "@/api/errors";
import { useChange, useOperation } from "@/api/use-operation";
import { ACCOUNT_READS } from "@/components/account-reads";
import { rebased } from "@/components/rebased";
import { useLeaveSaved } from "@/components/use-leave-saved";
import { useNewest } from "@/components/use-newest";
import { paths } from "@/routes/paths";
import { useNotifications } from "@/shell/notifications";
import { type Account, changes, creation, type Draft, draftOf, EMPTY, isSame } from "./draft";

/** An account that is added or changed: what is typed, upon what is stored, and the way to save it. */
export function useEditor(accountId: string | undefined) {
  const { succeeded } = useNotifications();
  const read = useOperation(
    "get_target_account",
    { path: { accountId: accountId ?? "" } },
    { enabled: accountId !== undefined },
  );
  const hub = useOperation("get_current_account", {}, { staleMilliseconds: 60 * 60_000 });
  const [kept, setKept] = useState<{ base: Account | undefined; draft: Draft }>();
  const { base, draft } = kept ?? { base: read.data, draft: draftUpon(read.data) };
  const before = draftUpon(base);
  const [isSaved, leaveFor] = useLeaveSaved();
  const onSuccess = (account: Account): void => {
    succeeded(`${account.accountName} is saved.`);
    leaveFor(paths.account(account.accountId));
  };
  const create = useChange("add_target_account", { invalidates: ACCOUNT_READS, onSuccess });
  const update = useChange("update_target_account", { invalidates: ACCOUNT_READS, onSuccess });
  const error = create.error ?? update.error;
  const newest = useNewest(read);
  const upon = async (typedUpon: (account: Account) => Draft): Promise<void> => {
    const account = await newest();
    if (account === undefined) return;
    setKept({ base: account, draft: typedUpon(account) });
    update.reset();
  };
  const isHub = hub.data?.accountId === draft.accountId;
  return {
    read,
    hub,
    base,
    draft,
    error,
    isHub,
    isExternalIdNeeded: !isHub && base?.hasExternalId !== true,
    isConflict: isVersionConflict(error),
    isBusy: create.isPending || update.isPending,
    isDirty: !isSaved && !isSame(draft, before),
    change: (change: Partial<Draft>): void => setKept({ base, draft: { ...draft, ...change } }),
    save: (): void => {
      if (base === undefined) create.mutate({ body: creation(draft) });
      else update.mutate({ path: { accountId: base.accountId }, body: changes(draft, base) });
    },
    takeTheirs: async (): Promise<void> => upon(draftOf),
    keepMine: async (): Promise<void> => upon((account) => rebased(draft, before, draftOf(account))),
  };
}

function draftUpon(base: Account | undefined): Draft {
  return base === undefined ? EMPTY : draftOf(base);
}

export type Editor = ReturnType<typeof useEditor>;
