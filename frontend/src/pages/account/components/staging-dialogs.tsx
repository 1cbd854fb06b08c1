import Checkbox from "@cloudscape-design/components/checkbox";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { ApiError } from "@/api/errors";
import type { Model } from "@/api/types";
import { useChange } from "@/api/use-operation";
import { ACCOUNT_READS } from "@/components/account-reads";
import { ConfirmDialog } from "@/components/confirm-dialog";
import { useNotifications } from "@/shell/notifications";
import { count, enumeration } from "@/text/amounts";

interface RemoveStagingProps {
  readonly account: Model<"TargetAccountView">;
  readonly staging: Model<"StagingAccountView">;
  readonly onDismiss: () => void;
}

/** Asks before a staging account is forgotten; in spite of groups that have its servers only after it was refused. */
export function RemoveStaging({ account, staging, onDismiss }: RemoveStagingProps) {
  const [force, setForce] = useState(false);
  const { succeeded } = useNotifications();
  const remove = useChange("remove_staging_account", {
    invalidates: ACCOUNT_READS,
    onSuccess: () => {
      succeeded(`${staging.accountName} is no staging account of ${account.accountName} any more.`);
      onDismiss();
    },
  });
  const isInUse = remove.error instanceof ApiError && remove.error.conflictReason === "IN_USE";
  return (
    <ConfirmDialog
      question={`Remove the staging account ${staging.accountName}?`}
      operation="remove_staging_account"
      verb={`Remove staging account ${staging.accountId}`}
      isBusy={remove.isPending}
      error={remove.error}
      onConfirm={() =>
        remove.mutate({
          path: { accountId: account.accountId, stagingAccountId: staging.accountId },
          query: { version: account.version, force },
        })
      }
      onDismiss={onDismiss}
    >
      <SpaceBetween size="s">
        <div>
          Account {staging.accountId} is forgotten as a staging account of {account.accountName} ({account.accountId}).
          Nothing changes in either account: its servers stay extended and are recovered as before, but its jobs are not
          seen here any more.
        </div>
        {(isInUse || force) && (
          <Checkbox checked={force} onChange={({ detail }) => setForce(detail.checked)}>
            Forget it all the same
          </Checkbox>
        )}
      </SpaceBetween>
    </ConfirmDialog>
  );
}

interface SyncDialogProps {
  readonly account: Model<"TargetAccountView">;
  readonly onDismiss: () => void;
}

/** Asks before servers are extended, which makes source servers in the target account. */
export function SyncDialog({ account, onDismiss }: SyncDialogProps) {
  const { accountId, accountName, stagingAccounts } = account;
  const { succeeded } = useNotifications();
  const sync = useChange("sync_staging_accounts", {
    invalidates: ["discover_staging_accounts", "get_combined_capacity", "get_source_server_inventory"],
    onSuccess: ({ placeCount }) => {
      succeeded(`Servers are being extended into ${accountName}, from ${count(placeCount, "place")}.`);
      onDismiss();
    },
  });
  const accounts = count(stagingAccounts.length, "staging account");
  return (
    <ConfirmDialog
      question={`Extend the servers of ${accounts} into ${accountName}?`}
      operation="sync_staging_accounts"
      verb={`Extend from ${accounts}`}
      isBusy={sync.isPending}
      error={sync.error}
      onConfirm={() => sync.mutate({ path: { accountId }, body: {} })}
      onDismiss={onDismiss}
    >
      Every server that {enumeration(stagingAccounts.map((each) => `${each.accountName} (${each.accountId})`))}{" "}
      {stagingAccounts.length === 1 ? "replicates" : "replicate"} and that is not extended yet becomes a source server
      of account {accountId}, in every region in which that is used. What is extended already is left alone.
    </ConfirmDialog>
  );
}
