import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useNavigate } from "react-router";
import type { Model } from "@/api/types";
import { useChange } from "@/api/use-operation";
import { ApplyDialog } from "@/components/apply-dialog";
import { ConfirmDialog } from "@/components/confirm-dialog";
import { usePlansOfGroups } from "@/components/used-by";
import { Permitted } from "@/permissions/permitted";
import { paths } from "@/routes/paths";
import { useNotifications } from "@/shell/notifications";
import { count, enumeration } from "@/text/amounts";
import { useConfigStatus } from "./servers";

/** What can be done with a group. */
export function GroupActions({ group }: { readonly group: Model<"ProtectionGroup"> }) {
  const navigate = useNavigate();
  const { succeeded } = useNotifications();
  const [open, setOpen] = useState<"apply" | "delete">();
  const { byGroup } = usePlansOfGroups();
  const status = useConfigStatus(group.groupId).data;
  const plans = (byGroup.get(group.groupId) ?? []).map(({ planName }) => planName);
  const remove = useChange("delete_protection_group", {
    invalidates: ["list_protection_groups", "get_source_server_inventory"],
    onSuccess: () => {
      succeeded(`${group.groupName} is deleted.`);
      void navigate(paths.groups);
    },
  });
  const servers = count(status?.serverCount ?? group.sourceServerIds.length, "server");
  const isRunning = status?.run?.status === "RUNNING";
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <Permitted
        operation="delete_protection_group"
        unavailable={plans.length > 0 ? `Used by ${enumeration(plans.slice(0, 5))}.` : undefined}
        onClick={() => setOpen("delete")}
      >
        Delete
      </Permitted>
      <Permitted
        operation="apply_launch_configs"
        unavailable={isRunning ? "The launch settings are being applied." : undefined}
        onClick={() => setOpen("apply")}
      >
        Apply launch settings
      </Permitted>
      <Permitted
        operation="update_protection_group"
        variant="primary"
        onClick={() => void navigate(paths.editGroup(group.groupId))}
      >
        Edit
      </Permitted>
      {open === "apply" && (
        <ApplyDialog group={group} serverCount={status?.serverCount ?? 0} onDismiss={() => setOpen(undefined)} />
      )}
      {open === "delete" && (
        <ConfirmDialog
          question={`Delete ${group.groupName}?`}
          operation="delete_protection_group"
          verb="Delete the group"
          isBusy={remove.isPending}
          error={remove.error}
          onConfirm={() => remove.mutate({ path: { groupId: group.groupId }, query: { version: group.version } })}
          onDismiss={() => setOpen(undefined)}
        >
          The group of {servers} in account {group.accountId}, {group.region}, and all its launch settings are deleted.
          Nothing is changed in AWS; its servers are free for other groups.
        </ConfirmDialog>
      )}
    </SpaceBetween>
  );
}
