import { useState } from "react";
import { isVersionConflict } from "@/api/errors";
import type { Answer } from "@/api/types";
import { useChange, useOperation } from "@/api/use-operation";
import { SETTINGS_READS } from "@/components/launch-settings/reads";
import type { ServerSettings } from "@/components/launch-settings/server-settings-form";
import { rebased } from "@/components/rebased";
import { useNewest } from "@/components/use-newest";
import { useNotifications } from "@/shell/notifications";

type Stored = Answer<"get_server_launch_config">;

export function settingsOf(stored: Stored): ServerSettings {
  return { launchTemplate: stored.launchTemplate ?? {}, drillLaunchTemplate: stored.drillLaunchTemplate ?? {} };
}

/** The settings of one server: what is typed, upon what is stored, and the ways to save and to drop them. */
export function useServerSettings(groupId: string, serverId: string) {
  const { succeeded } = useNotifications();
  const path = { groupId, serverId };
  const read = useOperation("get_server_launch_config", { path });
  const [kept, setKept] = useState<{ base: Stored; settings: ServerSettings }>();
  const base = kept?.base ?? read.data;
  const before = base === undefined ? undefined : settingsOf(base);
  const settings = kept?.settings ?? before;
  const done = (sentence: string) => (): void => {
    setKept(undefined);
    succeeded(sentence);
  };
  const save = useChange("update_server_launch_config", {
    invalidates: SETTINGS_READS,
    onSuccess: done("The settings are saved."),
  });
  const remove = useChange("delete_server_launch_config", {
    invalidates: SETTINGS_READS,
    onSuccess: done("The server has the settings of its group."),
  });
  const newest = useNewest(read);
  const upon = async (keep: boolean): Promise<void> => {
    const stored = await newest();
    if (stored === undefined) return;
    const theirs = settingsOf(stored);
    const isKept = keep && settings !== undefined && before !== undefined;
    setKept({ base: stored, settings: isKept ? rebased(settings, before, theirs) : theirs });
    save.reset();
    remove.reset();
  };
  return {
    read,
    base,
    settings,
    save,
    remove,
    isConflict: isVersionConflict(save.error),
    isDirty: JSON.stringify(settings) !== JSON.stringify(before),
    change: (changed: ServerSettings): void => {
      if (base !== undefined) setKept({ base, settings: changed });
    },
    send: (applyLaunchConfigs: boolean): void => {
      if (base !== undefined && settings !== undefined) {
        save.mutate({ path, body: { version: base.version, ...settings, applyLaunchConfigs } });
      }
    },
    drop: (onDone: () => void): void => {
      if (base !== undefined) remove.mutate({ path, query: { version: base.version } }, { onSuccess: onDone });
    },
    takeTheirs: async () => upon(false),
    keepMine: async () => upon(true),
  };
}
