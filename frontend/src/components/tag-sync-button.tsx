import { isInProgress, useTagSync } from "@/components/use-tag-sync";
import { useChange } from "@/api/use-operation";
import { Permitted } from "@/permissions/permitted";
import { useNotifications } from "@/shell/notifications";

/** Has the tags copied now, everywhere; one run at a time. */
export function TagSyncButton() {
  const { succeeded, failed } = useNotifications();
  const { data } = useTagSync();
  const start = useChange("trigger_tag_sync", {
    invalidates: ["get_tag_sync_status"],
    onSuccess: () => succeeded("The tags are being copied, in every account and region."),
    onError: (error) => failed("The tags are not being copied", error),
  });
  return (
    <Permitted
      operation="trigger_tag_sync"
      loading={start.isPending}
      unavailable={isInProgress(data) ? "The tags are being copied." : undefined}
      onClick={() => start.mutate({})}
    >
      Copy tags now
    </Permitted>
  );
}
