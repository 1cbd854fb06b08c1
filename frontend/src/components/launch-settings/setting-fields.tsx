import Autosuggest from "@cloudscape-design/components/autosuggest";
import Checkbox from "@cloudscape-design/components/checkbox";
import FormField from "@cloudscape-design/components/form-field";
import Multiselect from "@cloudscape-design/components/multiselect";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";
import type { ReasonFor } from "@/components/field-errors";
import type { Offers } from "./use-offers";
import {
  CHOICES,
  choiceValue,
  choiceWord,
  type ChoiceName,
  type LaunchSettings,
  SETTINGS,
  type SettingName,
  settingWords,
  withSetting,
} from "./settings";

/** What each field of the form knows: the settings, where they lie above others, and what was refused. */
export interface SettingsForm {
  readonly settings: LaunchSettings;
  readonly onChange: (settings: LaunchSettings) => void;
  /** What holds where nothing is set; none of it for the settings of a group. */
  readonly beneath?: Readonly<Record<string, unknown>>;
  /** What is said to hold where nothing is set, in the place of what lies beneath. */
  readonly unset?: string;
  readonly reasonFor: ReasonFor;
}

interface FieldProps {
  readonly form: SettingsForm;
  readonly name: SettingName;
  readonly children: ReactNode;
  readonly warning?: ReactNode;
}

const AS_DRS = "as-drs-has-it";
const UNSET = "unset";

/** What holds where the form says nothing. */
function beneathWords({ beneath, unset }: SettingsForm, name: SettingName): string {
  if (unset !== undefined) return unset;
  if (beneath === undefined) return "As DRS has it";
  return `As the group says (${settingWords(name, beneath) ?? "as DRS has it"})`;
}

/** A setting with its label, what was refused of it and, if it lies over others, the way to have it as DRS has it. */
export function SettingField({ form, name, children, warning }: FieldProps) {
  const { label, explanation } = SETTINGS[name];
  const isLeft = form.settings[name] === null;
  return (
    // The checkbox stands beside the field: within it the field's label would become its name.
    <SpaceBetween size="xxs">
      <FormField label={label} description={explanation} errorText={form.reasonFor(name)} warningText={warning}>
        {children}
      </FormField>
      {form.beneath !== undefined && (
        <Checkbox
          checked={isLeft}
          ariaLabel={`Leave ${label} as DRS has it`}
          onChange={({ detail }) => form.onChange(withSetting(form.settings, name, detail.checked ? null : undefined))}
        >
          Leave it as DRS has it
        </Checkbox>
      )}
    </SpaceBetween>
  );
}

/** A setting that is one of a few words. */
export function ChoiceField({ form, name }: { readonly form: SettingsForm; readonly name: ChoiceName }) {
  const { label, explanation } = SETTINGS[name];
  const unset = { value: UNSET, label: beneathWords(form, name) };
  const options = [
    unset,
    ...(form.beneath === undefined ? [] : [{ value: AS_DRS, label: "As DRS has it" }]),
    ...CHOICES[name],
  ];
  const chosen = form.settings[name] === null ? AS_DRS : (choiceWord(name, form.settings) ?? UNSET);
  const choose = (word: string | undefined): void => {
    if (word === undefined || word === UNSET) form.onChange(withSetting(form.settings, name, undefined));
    else form.onChange(withSetting(form.settings, name, word === AS_DRS ? null : choiceValue(name, word)));
  };
  return (
    <FormField label={label} description={explanation} errorText={form.reasonFor(name)}>
      <Select
        selectedOption={options.find(({ value }) => value === chosen) ?? unset}
        options={options}
        onChange={({ detail }) => choose(detail.selectedOption.value)}
      />
    </FormField>
  );
}

interface SuggestedFieldProps {
  readonly form: SettingsForm;
  readonly name: "subnetId" | "instanceType" | "instanceProfileName" | "launchIntoInstanceProperties";
  readonly offers?: Offers;
  readonly onType?: (text: string) => void;
}

/** A setting that may be typed, or chosen of what is there. */
export function SuggestedField({ form, name, offers, onType }: SuggestedFieldProps) {
  const found = form.settings[name];
  const text = typeof found === "object" ? (found?.launchIntoEc2InstanceId ?? "") : (found ?? "");
  const change = (typed: string): void => {
    const value = name === "launchIntoInstanceProperties" ? { launchIntoEc2InstanceId: typed } : typed;
    form.onChange(withSetting(form.settings, name, typed === "" ? undefined : value));
    onType?.(typed);
  };
  return (
    <SettingField form={form} name={name}>
      <Autosuggest
        value={text}
        options={offers?.options ?? []}
        disabled={found === null}
        placeholder={beneathWords(form, name)}
        enteredTextLabel={(typed) => `Use ${typed}`}
        empty="None is known; it may be typed."
        statusType={offers?.status}
        errorText={offers?.failure}
        loadingText="What there is is being read"
        virtualScroll
        onChange={({ detail }) => change(detail.value)}
      />
    </SettingField>
  );
}

/** The security groups, several of them. */
export function SecurityGroupsField({ form, offers }: { readonly form: SettingsForm; readonly offers: Offers }) {
  const name = "securityGroupIds";
  const chosen = form.settings[name] ?? [];
  const known = new Map(offers.options.map((option) => [option.value, option]));
  return (
    <SettingField form={form} name={name}>
      <Multiselect
        selectedOptions={chosen.map((value) => known.get(value) ?? { value, label: value })}
        options={[...offers.options]}
        disabled={form.settings[name] === null}
        placeholder={beneathWords(form, name)}
        filteringType="auto"
        filteringAriaLabel="Find security groups"
        statusType={offers.status}
        errorText={offers.failure}
        loadingText="The security groups are being read"
        empty="There is no security group."
        virtualScroll
        deselectAriaLabel={({ label }) => `Take out ${label ?? ""}`}
        onChange={({ detail }) => {
          const ids = detail.selectedOptions.flatMap(({ value }) => (value === undefined ? [] : [value]));
          form.onChange(withSetting(form.settings, name, ids.length === 0 ? undefined : ids));
        }}
      />
    </SettingField>
  );
}
