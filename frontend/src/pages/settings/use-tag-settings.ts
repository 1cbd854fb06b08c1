import { useState } from "react";
import { isVersionConflict } from "@/api/errors";
import type { Model } from "@/api/types";
import { useChange, useOperation } from "@/api/use-operation";
import { useNewest } from "@/components/use-newest";
import { useNotifications } from "@/shell/notifications";

type Settings = Model<"TagSyncSettings">;

interface Draft {
  readonly enabled: boolean;
  readonly intervalHours: number;
}

/** When tags are copied by the clock: what is typed, upon what is stored, and the way to save it. */
export function useTagSettings() {
  const { succeeded } = useNotifications();
  const read = useOperation("get_tag_sync_settings", {});
  const [kept, setKept] = useState<{ base: Settings; draft: Draft }>();
  const base = kept?.base ?? read.data;
  const draft = kept?.draft ?? base;
  const save = useChange("update_tag_sync_settings", {
    invalidates: ["get_tag_sync_settings", "get_tag_sync_status"],
    onSuccess: (changed) => {
      setKept({ base: changed, draft: changed });
      succeeded(
        changed.runId === undefined
          ? "The copying of tags is set."
          : "The copying of tags is set, and tags are being copied now.",
      );
    },
  });
  const isDirty =
    base !== undefined &&
    draft !== undefined &&
    (base.enabled !== draft.enabled || base.intervalHours !== draft.intervalHours);
  const newest = useNewest(read);
  const upon = async (draftUpon: (stored: Settings) => Draft): Promise<void> => {
    const stored = await newest();
    if (stored === undefined) return;
    setKept({ base: stored, draft: draftUpon(stored) });
    save.reset();
  };
  return {
    read,
    base,
    draft,
    isDirty,
    isBusy: save.isPending,
    error: save.error,
    isConflict: isVersionConflict(save.error),
    change: (part: Partial<Draft>): void => {
      if (base !== undefined && draft !== undefined) {
        setKept({ base, draft: { enabled: draft.enabled, intervalHours: draft.intervalHours, ...part } });
      }
    },
    save: (): void => {
      if (base === undefined || draft === undefined) return;
      save.mutate({
        body: { version: base.version, enabled: draft.enabled, intervalHours: draft.intervalHours },
      });
    },
    takeTheirs: async (): Promise<void> => upon((stored) => stored),
    keepMine: async (): Promise<void> => upon((stored) => draft ?? stored),
  };
}

export type TagSettings = ReturnType<typeof useTagSettings>;
