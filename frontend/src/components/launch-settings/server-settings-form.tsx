import Tabs from "@cloudscape-design/components/tabs";
import type { Model } from "@/api/types";
import { reasonsBelow } from "@/components/field-errors";
import { LaunchSettingsFields } from "./launch-settings-fields";
import type { SettingsForm } from "./setting-fields";
import type { LaunchSettings } from "./settings";
import { StaticAddressField } from "./static-address-field";
import type { Place } from "./use-offers";

export interface ServerSettings {
  readonly launchTemplate: LaunchSettings;
  readonly drillLaunchTemplate: LaunchSettings;
}

interface ServerSettingsFormProps {
  readonly place: Place;
  readonly groupId?: string;
  readonly serverId: string;
  /** What the group says, always and in drills. */
  readonly group: {
    readonly launchConfig?: Model<"LaunchConfigInput"> | null;
    readonly drillLaunchConfig?: Model<"LaunchConfigInput"> | null;
  };
  readonly settings: ServerSettings;
  readonly error: unknown;
  /** Where the settings lie in the request, such as `servers[0]`; nothing where they are the request. */
  readonly path?: string;
  readonly onChange: (settings: ServerSettings) => void;
}

/** The settings of one server, always and in drills, over those of its group. */
export function ServerSettingsForm(props: ServerSettingsFormProps) {
  const { place, groupId, serverId, group, settings, error, path, onChange } = props;
  const always = { ...group.launchConfig };
  const inDrills = { ...always, ...settings.launchTemplate, ...group.drillLaunchConfig };
  const prefix = path === undefined ? "" : `${path}.`;
  const form = (name: keyof ServerSettings, beneath: Readonly<Record<string, unknown>>): SettingsForm => ({
    settings: settings[name],
    beneath,
    reasonFor: reasonsBelow(error, prefix + name),
    onChange: (changed) => onChange({ ...settings, [name]: changed }),
  });
  const tab = (id: keyof ServerSettings, label: string, beneath: Readonly<Record<string, unknown>>) => {
    const each = form(id, beneath);
    const address = <StaticAddressField form={each} groupId={groupId} serverId={serverId} />;
    return { id, label, content: <LaunchSettingsFields {...each} place={place} address={address} /> };
  };
  return (
    <Tabs
      ariaLabel="When the settings hold"
      tabs={[tab("launchTemplate", "Always", always), tab("drillLaunchTemplate", "In drills", inDrills)]}
    />
  );
}
