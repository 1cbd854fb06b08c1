import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useChange } from "@/api/use-operation";
import { ConfirmDialog } from "@/components/confirm-dialog";
import { Differences } from "@/components/launch-settings/differences";
import { useNotifications } from "@/shell/notifications";
import { count } from "@/text/amounts";
import { ErrorNotice } from "./error-notice";

interface ApplyDialogProps {
  readonly group: {
    readonly groupId: string;
    readonly groupName: string;
    readonly accountId: string;
    readonly region: string;
  };
  /** Only these servers; all of the group without. */
  readonly sourceServerIds?: readonly string[];
  readonly serverCount: number;
  readonly onDismiss: () => void;
}

/** Asks before launch settings are brought to DRS, and shows on demand what that would change. */
export function ApplyDialog({ group, sourceServerIds, serverCount, onDismiss }: ApplyDialogProps) {
  const { succeeded } = useNotifications();
  const body = { sourceServerIds: sourceServerIds === undefined ? null : [...sourceServerIds] };
  const path = { groupId: group.groupId };
  const rehearsal = useChange("apply_launch_configs");
  const apply = useChange("apply_launch_configs", {
    invalidates: ["get_launch_config_status", "get_server_launch_config", "get_server_config_history"],
    onSuccess: ({ total }) => {
      succeeded(`The launch settings of ${count(total, "server")} are being applied.`);
      onDismiss();
    },
  });
  const servers = count(serverCount, "server");
  return (
    <ConfirmDialog
      question={`Apply the launch settings to ${servers}?`}
      operation="apply_launch_configs"
      verb={`Apply to ${servers}`}
      isBusy={apply.isPending}
      error={apply.error}
      onConfirm={() => apply.mutate({ path, body })}
      onDismiss={onDismiss}
    >
      <SpaceBetween size="s">
        <Box color="inherit">
          DRS and the launch templates of {servers} of {group.groupName} are changed in account {group.accountId},{" "}
          {group.region}.
        </Box>
        <Button
          loading={rehearsal.isPending}
          onClick={() => rehearsal.mutate({ path, body: { ...body, dryRun: true } })}
        >
          Show what would change
        </Button>
        <ErrorNotice what="What would change could not be found out" error={rehearsal.error} />
        {rehearsal.data !== undefined && (
          <ul>
            {(rehearsal.data.servers ?? []).map(({ sourceServerId, outcome, reason, differences }) => (
              <li key={sourceServerId}>
                {sourceServerId}: {outcome === "UNCHANGED" ? "is as it should be" : (reason ?? "would be changed")}
                <Differences of={differences} />
              </li>
            ))}
            {(rehearsal.data.moreServers ?? 0) > 0 && <li>and {rehearsal.data.moreServers} more</li>}
          </ul>
        )}
      </SpaceBetween>
    </ConfirmDialog>
  );
}
