import { useState } from "react";
import { ApiError, isVersionConflict } from "@/api/errors";
import type { Input, Model } from "@/api/types";
import { useChange } from "@/api/use-operation";
import type { ReasonFor } from "@/components/field-errors";
import { SETTINGS_READS } from "@/components/launch-settings/reads";
import type { LaunchSettings } from "@/components/launch-settings/settings";
import { useNotifications } from "@/shell/notifications";
import { count } from "@/text/amounts";

type Group = Model<"ProtectionGroup">;
type Body = NonNullable<Input<"bulk_update_server_configs">["body"]>;

/** What several servers are to have: these settings beside those that each has, or none of their own. */
export interface BulkDraft {
  readonly kind: "set" | "clear";
  readonly launchTemplate: LaunchSettings;
  readonly drillLaunchTemplate: LaunchSettings;
}

export const NOTHING_TYPED: BulkDraft = { kind: "set", launchTemplate: {}, drillLaunchTemplate: {} };

/** Whether a draft would change anything. */
export function saysNothing({ kind, launchTemplate, drillLaunchTemplate }: BulkDraft): boolean {
  return kind === "set" && Object.keys({ ...launchTemplate, ...drillLaunchTemplate }).length === 0;
}

/** What is sent: of each server all that it is to have of its own, upon what the group has stored of it. */
export function overridesOf(draft: BulkDraft, ids: readonly string[], group: Group): Body["servers"] {
  const stored = new Map(group.servers.map((each) => [each.sourceServerId, each] as const));
  return ids.map((sourceServerId) => {
    if (draft.kind === "clear") {
      return { sourceServerId, useGroupDefaults: true, launchTemplate: null, drillLaunchTemplate: null };
    }
    const own = stored.get(sourceServerId);
    const inDrills = { ...own?.drillLaunchTemplate, ...draft.drillLaunchTemplate };
    return {
      sourceServerId,
      useGroupDefaults: false,
      launchTemplate: { ...own?.launchTemplate, ...draft.launchTemplate },
      ...(Object.keys(inDrills).length > 0 && { drillLaunchTemplate: inDrills }),
    };
  });
}

/** Why the API refused a setting of any of the servers. */
export function reasonsOfAny(error: unknown, name: "launchTemplate" | "drillLaunchTemplate"): ReasonFor {
  const fields = error instanceof ApiError ? error.fields : [];
  return (setting) => {
    const sought = new RegExp(`^servers\\[\\d+\\]\\.${name}\\.${setting}(?![A-Za-z])`);
    const reasons = new Set(fields.filter(({ field }) => sought.test(field)).map(({ reason }) => reason));
    return reasons.size === 0 ? undefined : [...reasons].join("; ");
  };
}

/** Settings for several servers of a group at once: what is typed, upon the group as it was then, and the way to save it. */
export function useBulkSettings(group: Group, ids: readonly string[], onSaved: () => void) {
  const { succeeded } = useNotifications();
  const [kept, setKept] = useState<{ base: Group; draft: BulkDraft }>();
  const draft = kept?.draft ?? NOTHING_TYPED;
  const save = useChange("bulk_update_server_configs", {
    invalidates: SETTINGS_READS,
    onSuccess: ({ changed, unchanged }) => {
      setKept(undefined);
      succeeded(
        `The settings of ${count(changed, "server")} are saved${unchanged > 0 ? `; ${unchanged} had them already` : ""}.`,
      );
      onSaved();
    },
  });
  return {
    draft,
    isDirty: kept !== undefined && !saysNothing(draft),
    error: save.error,
    isBusy: save.isPending,
    isConflict: isVersionConflict(save.error),
    change: (change: Partial<BulkDraft>): void =>
      setKept({ base: kept?.base ?? group, draft: { ...draft, ...change } }),
    send: (applyLaunchConfigs: boolean): void => {
      const base = kept?.base ?? group;
      const body = { version: base.version, servers: overridesOf(draft, ids, base), applyLaunchConfigs };
      save.mutate({ path: { groupId: group.groupId }, body });
    },
    /** Keeps what was typed, upon the newest version of the group. */
    rest: (newest: Group): void => {
      setKept({ base: newest, draft });
      save.reset();
    },
    drop: (): void => {
      setKept(undefined);
      save.reset();
    },
  };
}

export type BulkSettings = ReturnType<typeof useBulkSettings>;
