import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useApi } from "@/api/api-context";
import { isVersionConflict } from "@/api/errors";
import { useChange, useOperation } from "@/api/use-operation";
import { rebased } from "@/components/rebased";
import { useLeaveSaved } from "@/components/use-leave-saved";
import { useNewest } from "@/components/use-newest";
import { paths } from "@/routes/paths";
import { useNotifications } from "@/shell/notifications";
import { changes, creation, type Draft, draftOf, EMPTY, type Group, isSame } from "./draft";

/** The servers that carry all the tags now, read as far as was asked for. */
export function useResolvedTags(
  place: { readonly accountId: string; readonly region: string },
  serverSelectionTags: Readonly<Record<string, string>>,
  isAsked: boolean,
) {
  const api = useApi();
  return useInfiniteQuery({
    queryKey: ["resolve_protection_group_tags", place, serverSelectionTags],
    queryFn: async ({ pageParam, signal }) =>
      api.call(
        "resolve_protection_group_tags",
        { body: { ...place, serverSelectionTags: { ...serverSelectionTags }, limit: 100, nextToken: pageParam } },
        { signal },
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextToken }) => nextToken,
    enabled: isAsked && place.accountId !== "" && place.region !== "" && Object.keys(serverSelectionTags).length > 0,
    staleTime: 30_000,
  });
}

const READS = [
  "list_protection_groups",
  "get_protection_group",
  "get_launch_config_status",
  "get_source_server_inventory",
  "get_server_launch_config",
] as const;

/** A group that is made or changed: what is typed, upon what is stored, and the way to save it. */
export function useEditor(groupId: string | undefined) {
  const { succeeded } = useNotifications();
  const read = useOperation(
    "get_protection_group",
    { path: { groupId: groupId ?? "" } },
    { enabled: groupId !== undefined },
  );
  const [kept, setKept] = useState<{ base: Group | undefined; draft: Draft }>();
  const base = kept?.base ?? read.data;
  const before = base === undefined ? EMPTY : draftOf(base);
  const draft = kept?.draft ?? before;
  const [isSaved, leaveFor] = useLeaveSaved();
  const onSuccess = (group: Group): void => {
    succeeded(`${group.groupName} is saved.`);
    leaveFor(paths.group(group.groupId));
  };
  const create = useChange("create_protection_group", { invalidates: READS, onSuccess });
  const update = useChange("update_protection_group", { invalidates: READS, onSuccess });
  const error = create.error ?? update.error;
  const reset = (): void => {
    create.reset();
    update.reset();
  };
  const newest = useNewest(read);
  return {
    read,
    base,
    draft,
    error,
    isConflict: isVersionConflict(error),
    isBusy: create.isPending || update.isPending,
    isDirty: !isSaved && !isSame(draft, before),
    change: (change: Partial<Draft>): void => setKept({ base, draft: { ...draft, ...change } }),
    save: (applyLaunchConfigs: boolean): void => {
      if (base === undefined) create.mutate({ body: creation(draft) });
      else update.mutate({ path: { groupId: base.groupId }, body: { ...changes(draft, base), applyLaunchConfigs } });
    },
    takeTheirs: async (): Promise<void> => {
      const group = await newest();
      if (group === undefined) return;
      setKept({ base: group, draft: draftOf(group) });
      reset();
    },
    keepMine: async (): Promise<void> => {
      const group = await newest();
      if (group === undefined) return;
      setKept({ base: group, draft: rebased(draft, before, draftOf(group)) });
      reset();
    },
  };
}

export type Editor = ReturnType<typeof useEditor>;
