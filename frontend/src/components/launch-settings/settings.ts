import type { Model } from "@/api/types";

/** What a server is launched with: a value, null for "as DRS has it", or nothing for "as the group says". */
export type LaunchSettings = Model<"ServerLaunchConfig">;
export type SettingName = keyof LaunchSettings;

interface Told {
  readonly label: string;
  readonly explanation: string;
}

export interface Choice {
  readonly value: string;
  readonly label: string;
}

export const SETTINGS: Readonly<Record<SettingName, Told>> = {
  subnetId: { label: "Subnet", explanation: "Where the recovered servers are launched." },
  securityGroupIds: { label: "Security groups", explanation: "Of the first network interface; several may be chosen." },
  staticPrivateIp: { label: "Static private IP", explanation: "An address of the subnet that this server always has." },
  copyPrivateIp: {
    label: "Private IP of the source",
    explanation: "Whether DRS gives the server its source's address.",
  },
  instanceType: { label: "Instance type", explanation: "With one of its own DRS does not choose by size." },
  instanceProfileName: { label: "Instance profile", explanation: "The role of the recovered servers." },
  targetInstanceTypeRightSizingMethod: {
    label: "Right-sizing",
    explanation: "Whether DRS chooses the instance type by the size of the source.",
  },
  launchDisposition: { label: "After the launch", explanation: "Whether the recovered servers run." },
  licensing: { label: "Licence of the operating system", explanation: "Who brings it." },
  copyTags: { label: "Tags of the source", explanation: "Whether the recovered servers get them." },
  postLaunchEnabled: { label: "Post-launch actions", explanation: "Whether DRS runs the actions of its account." },
  recoveryMode: { label: "Recovery mode", explanation: "What DRS prefers: a fast launch, or a lower cost." },
  launchIntoInstanceProperties: {
    label: "Launch into instance",
    explanation: "A stopped instance that is there already and takes the server's volumes, while an execution lasts.",
  },
};

const YES_NO = (yes: string, no: string): readonly Choice[] => [
  { value: "true", label: yes },
  { value: "false", label: no },
];

/** The settings that are one of a few words, with the words. */
export const CHOICES = {
  copyPrivateIp: YES_NO("Copied", "Not copied"),
  copyTags: YES_NO("Copied", "Not copied"),
  postLaunchEnabled: YES_NO("Run", "Not run"),
  licensing: YES_NO("Brought by us (BYOL)", "From AWS"),
  launchDisposition: [
    { value: "STARTED", label: "Started" },
    { value: "STOPPED", label: "Stopped" },
  ],
  targetInstanceTypeRightSizingMethod: [
    { value: "NONE", label: "None" },
    { value: "BASIC", label: "Basic" },
    { value: "IN_AWS", label: "In AWS" },
  ],
  recoveryMode: [
    { value: "FAST", label: "Fast" },
    { value: "OPTIMAL", label: "Optimal" },
  ],
} as const satisfies Partial<Record<SettingName, readonly Choice[]>>;

export type ChoiceName = keyof typeof CHOICES;

/** The settings with one of them otherwise; without it if there is no value. */
export function withSetting<Name extends SettingName>(
  settings: LaunchSettings,
  name: Name,
  value: LaunchSettings[Name],
): LaunchSettings {
  const changed = { ...settings, [name]: value };
  if (value === undefined) Reflect.deleteProperty(changed, name);
  return changed;
}

/** A choice as the API takes it. */
export function choiceValue(name: ChoiceName, word: string): LaunchSettings[ChoiceName] {
  if (name === "licensing") return { osByol: word === "true" };
  if (word === "true" || word === "false") return word === "true";
  return word as LaunchSettings[ChoiceName];
}

/** The word of a choice; nothing where none is made. */
export function choiceWord(name: ChoiceName, settings: LaunchSettings): string | undefined {
  const value = settings[name];
  if (value === undefined || value === null) return undefined;
  return typeof value === "object" ? String(value.osByol) : String(value);
}

/** What is set, in words; nothing where the setting is absent. */
export function settingWords(name: string, settings: Readonly<Record<string, unknown>>): string | undefined {
  const value = settings[name];
  if (value === undefined) return undefined;
  if (value === null) return "As DRS has it";
  if (name in CHOICES) {
    const word = choiceWord(name as ChoiceName, settings);
    return CHOICES[name as ChoiceName].find((choice) => choice.value === word)?.label ?? word;
  }
  return valueWords(value);
}

/** Any value that the API tells of a setting, in words. */
export function valueWords(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.map(valueWords).join(", ");
  if (typeof value === "object") {
    const parts = Object.values(value);
    return parts.length === 0 ? "nothing" : parts.map(valueWords).join(", ");
  }
  if (typeof value === "boolean") return value ? "yes" : "no";
  return typeof value === "string" || typeof value === "number" ? String(value) : "unknown";
}

/** What a field of the API is called here. */
export function settingLabel(name: string): string {
  return name in SETTINGS ? SETTINGS[name as SettingName].label : name;
}

/** The names of all settings, in the order in which they are shown. */
export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[];

/** How many settings are made. */
export function settingCount(settings: object | null | undefined): number {
  return Object.keys(settings ?? {}).length;
}
