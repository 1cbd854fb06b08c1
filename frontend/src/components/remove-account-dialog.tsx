import Checkbox from "@cloudscape-design/components/checkbox";
import FormField from "@cloudscape-design/components/form-field";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import { useState } from "react";
import { ApiError } from "@/api/errors";
import type { Model } from "@/api/types";
import { useChange } from "@/api/use-operation";
import { useNotifications } from "@/shell/notifications";
import { count, enumeration } from "@/text/amounts";
import { ConfirmDialog } from "./confirm-dialog";

interface RemoveAccountDialogProps {
  readonly account: Model<"TargetAccountView">;
  readonly onRemoved: () => void;
  readonly onDismiss: () => void;
}

/** Whether what executions have left is given up, what of it was named by a refusal, and why. */
interface GivingUp {
  readonly isMeant: boolean;
  readonly executions: readonly string[];
  readonly servers: readonly string[];
  readonly reason: string;
}

/**
 * Asks before an account is forgotten; the API refuses while groups, alarms or executions need it. What those have left of
 * launch settings can be given up after it was refused for that.
 */
export function RemoveAccountDialog({ account, onRemoved, onDismiss }: RemoveAccountDialogProps) {
  const { accountId, accountName, version, stagingAccounts } = account;
  const { succeeded } = useNotifications();
  const [givingUp, setGivingUp] = useState<GivingUp>({ isMeant: false, executions: [], servers: [], reason: "" });
  const { isMeant, executions, servers, reason } = givingUp;
  const remove = useChange("delete_target_account", {
    // What is read of the account itself is there no more.
    invalidates: ["list_target_accounts", "get_all_capacity", "get_source_server_inventory"],
    onSuccess: () => {
      succeeded(`${accountName} is no target account any more.`);
      onRemoved();
    },
    onError: (error) => {
      const left = leftBy(error);
      if (left.length === 0) return;
      // What was not named before was not meant.
      setGivingUp({
        isMeant: false,
        executions: [...new Set([...executions, ...left.map(({ executionId }) => executionId)])],
        servers: [...new Set([...servers, ...left.map(({ serverId }) => serverId)])],
        reason,
      });
    },
  });
  return (
    <ConfirmDialog
      question={`Remove the account ${accountName}?`}
      operation="delete_target_account"
      verb={`Remove account ${accountId}`}
      isBusy={remove.isPending}
      error={remove.error}
      unavailable={isMeant && reason.trim() === "" ? "Say why the launch settings are given up." : undefined}
      onConfirm={() =>
        remove.mutate({
          path: { accountId },
          query: { version, ...(isMeant ? { giveUpSettingsOf: [...executions], reason } : {}) },
        })
      }
      onDismiss={onDismiss}
    >
      <SpaceBetween size="s">
        <div>
          Account {accountId} and its {count(stagingAccounts.length, "staging account")} are forgotten here, with the
          role and the external id. Nothing is changed in AWS: servers go on replicating. It is refused while a group,
          an alarm of a plan or an open execution needs the account, or settings of one are still in DRS.
        </div>
        {executions.length > 0 && (
          <Checkbox
            checked={isMeant}
            description={`DRS keeps them, and nobody restores them any more: ${servers.join(", ")}`}
            onChange={({ detail }) => setGivingUp({ ...givingUp, isMeant: detail.checked })}
          >
            Give up the launch settings that {enumeration(executions)} left, because the role is gone for good
          </Checkbox>
        )}
        {isMeant && (
          <FormField stretch label="Reason" description="Kept with the executions and with the servers.">
            <Textarea
              rows={2}
              value={reason}
              onChange={({ detail }) => setGivingUp({ ...givingUp, reason: detail.value })}
            />
          </FormField>
        )}
      </SpaceBetween>
    </ConfirmDialog>
  );
}

interface Left {
  readonly serverId: string;
  readonly executionId: string;
}

/** The servers of which DRS has settings of executions, if a deletion was refused for them. */
function leftBy(error: Error): readonly Left[] {
  const isInUse = error instanceof ApiError && error.conflictReason === "IN_USE";
  const servers: unknown = isInUse ? error.details.servers : undefined;
  return Array.isArray(servers) ? (servers as readonly Left[]) : [];
}
