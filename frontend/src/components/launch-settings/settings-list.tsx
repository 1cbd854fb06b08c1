import Box from "@cloudscape-design/components/box";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import { SETTING_NAMES, settingLabel, settingWords } from "./settings";

interface SettingsListProps {
  readonly settings: Readonly<Record<string, unknown>> | null | undefined;
  /** What to say where nothing is set. */
  readonly nothing: string;
}

/** Launch settings to be read: those that are made, in words. */
export function SettingsList({ settings, nothing }: SettingsListProps) {
  const found = settings ?? {};
  const names = [...SETTING_NAMES.filter((name) => name in found), ...Object.keys(found).filter(isOther)];
  const items = names.map((name) => ({ label: settingLabel(name), value: settingWords(name, found) ?? "-" }));
  return items.length === 0 ? <Box>{nothing}</Box> : <KeyValuePairs columns={3} items={items} />;
}

function isOther(name: string): boolean {
  return !(SETTING_NAMES as string[]).includes(name);
}
