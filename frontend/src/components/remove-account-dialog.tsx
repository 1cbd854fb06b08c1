import type { Model } from "@/api/types";
import { useChange } from "@/api/use-operation";
import { useNotifications } from "@/shell/notifications";
import { count } from "@/text/amounts";
import { ConfirmDialog } from "./confirm-dialog";

interface RemoveAccountDialogProps {
  readonly account: Model<"TargetAccountView">;
  readonly onRemoved: () => void;
  readonly onDismiss: () => void;
}

/** Asks before an account is forgotten; the API refuses while groups, alarms or executions need it. */
export function RemoveAccountDialog({ account, onRemoved, onDismiss }: RemoveAccountDialogProps) {
  const { accountId, accountName, version, stagingAccounts } = account;
  const { succeeded } = useNotifications();
  const remove = useChange("delete_target_account", {
    // What is read of the account itself is there no more.
    invalidates: ["list_target_accounts", "get_all_capacity", "get_source_server_inventory"],
    onSuccess: () => {
      succeeded(`${accountName} is no target account any more.`);
      onRemoved();
    },
  });
  return (
    <ConfirmDialog
      question={`Remove the account ${accountName}?`}
      operation="delete_target_account"
      verb={`Remove account ${accountId}`}
      isBusy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate({ path: { accountId }, query: { version } })}
      onDismiss={onDismiss}
    >
      Account {accountId} and its {count(stagingAccounts.length, "staging account")} are forgotten here, with the role
      and the external id. Nothing is changed in AWS: servers go on replicating. It is refused while a group, an alarm
      of a plan or an open execution needs the account.
    </ConfirmDialog>
  );
}
