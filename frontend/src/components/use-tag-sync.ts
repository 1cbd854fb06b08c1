import type { Model } from "@/api/types";
import { useOperation } from "@/api/use-operation";

/** How far the newest copying of tags is; read sooner while it lasts. */
export function useTagSync() {
  return useOperation("get_tag_sync_status", {}, { poll: isInProgress });
}

/** Whether a run is under way; one that broke off goes on by itself, or when somebody asks for it. */
export function isInProgress(report: Model<"TagSyncReport"> | undefined): boolean {
  return report?.run?.status === "RUNNING" && !report.run.isLeft;
}
