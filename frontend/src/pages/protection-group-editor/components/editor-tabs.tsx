import Checkbox from "@cloudscape-design/components/checkbox";
import FormField from "@cloudscape-design/components/form-field";
import RadioGroup from "@cloudscape-design/components/radio-group";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs from "@cloudscape-design/components/tabs";
import { isRefusedBelow, reasonsBelow, type ReasonFor } from "@/components/field-errors";
import { LaunchSettingsFields } from "@/components/launch-settings/launch-settings-fields";
import type { Draft } from "../draft";
import type { Editor } from "../hooks";
import { Identity } from "./identity";
import { ServerConfigurations } from "./server-configurations";
import { ServerPicker } from "./server-picker";
import { TagSelection } from "./tag-selection";

export type TabId = "group" | "servers" | "launch" | "drill" | "configurations";

/** Which fields of the API are in which tab. */
const FIELDS: Readonly<Record<TabId, readonly string[]>> = {
  group: ["groupName", "description", "owner", "accountId", "region"],
  servers: ["sourceServerIds", "serverSelectionTags"],
  launch: ["launchConfig", "launchConfigPolicy", "launchIntoMatching"],
  drill: ["drillLaunchConfig"],
  configurations: ["servers"],
};

/** The first tab of which the API refused something. */
export function refusedTab(error: unknown): TabId | undefined {
  return (Object.keys(FIELDS) as TabId[]).find((id) => isRefusedBelow(error, FIELDS[id]));
}

interface EditorTabsProps {
  readonly editor: Editor;
  readonly active: TabId;
  readonly faults: Readonly<Record<string, string | undefined>>;
  readonly onOpen: (id: TabId) => void;
}

/** The parts of a group, each on a tab; one of which something is wrong says so. */
export function EditorTabs({ editor, active, faults, onOpen }: EditorTabsProps) {
  const { draft, base, error, change } = editor;
  const refused = reasonsBelow(error);
  const reasonFor: ReasonFor = (name) => faults[name] ?? refused(name);
  const place = { accountId: draft.accountId, region: draft.region };
  const label = (id: TabId, words: string): string =>
    isRefusedBelow(error, FIELDS[id]) ? `${words} (refused)` : words;
  const settings = (name: "launchConfig" | "drillLaunchConfig") => (
    <LaunchSettingsFields
      place={place}
      settings={draft[name]}
      reasonFor={reasonsBelow(error, name)}
      onChange={(changed) => change({ [name]: changed })}
    />
  );
  return (
    <Tabs
      ariaLabel="Parts of the group"
      variant="container"
      activeTabId={active}
      onChange={({ detail }) => onOpen(detail.activeTabId as TabId)}
      tabs={[
        {
          id: "group",
          label: label("group", "Group"),
          content: <Identity draft={draft} isNew={base === undefined} reasonFor={reasonFor} onChange={change} />,
        },
        {
          id: "servers",
          label: label("servers", "Servers"),
          content: (
            <Servers
              editor={editor}
              fault={faults.servers ?? refused("sourceServerIds") ?? refused("serverSelectionTags")}
            />
          ),
        },
        {
          id: "launch",
          label: label("launch", "Launch settings"),
          content: (
            <SpaceBetween size="l">
              <Policies draft={draft} reasonFor={reasonFor} onChange={change} />
              {settings("launchConfig")}
            </SpaceBetween>
          ),
        },
        { id: "drill", label: label("drill", "Drill settings"), content: settings("drillLaunchConfig") },
        {
          id: "configurations",
          label: label("configurations", "Server Configurations"),
          content: (
            <ServerConfigurations
              draft={draft}
              groupId={base?.groupId}
              error={error}
              onChange={(servers) => change({ servers })}
            />
          ),
        },
      ]}
    />
  );
}

function Servers({ editor, fault }: { readonly editor: Editor; readonly fault: string | undefined }) {
  const { draft, base, change } = editor;
  const place = { accountId: draft.accountId, region: draft.region };
  return (
    <SpaceBetween size="l">
      <FormField label="How servers are chosen" errorText={fault}>
        <RadioGroup
          value={draft.by}
          items={[
            { value: "list", label: "By list", description: "These servers, and no others." },
            {
              value: "tags",
              label: "By tags",
              description: "Whatever server carries the tags when an execution starts.",
            },
          ]}
          onChange={({ detail }) => change({ by: detail.value as Draft["by"] })}
        />
      </FormField>
      {draft.by === "list" ? (
        <ServerPicker
          place={place}
          groupId={base?.groupId}
          chosen={draft.sourceServerIds}
          onChange={(sourceServerIds) => change({ sourceServerIds })}
        />
      ) : (
        <TagSelection place={place} rows={draft.tags} onChange={(tags) => change({ tags })} />
      )}
    </SpaceBetween>
  );
}

const POLICIES = [
  {
    value: "",
    label: "Repair (nothing is said)",
    description: "The server is brought to its settings, then launched.",
  },
  { value: "REPAIR", label: "Repair", description: "The server is brought to its settings, then launched." },
  { value: "WARN", label: "Warn", description: "The server is launched as DRS has it." },
  { value: "BLOCK", label: "Block", description: "The server is not launched." },
] as const;

interface PoliciesProps {
  readonly draft: Draft;
  readonly reasonFor: ReasonFor;
  readonly onChange: (change: Partial<Draft>) => void;
}

function Policies({ draft, reasonFor, onChange }: PoliciesProps) {
  return (
    <>
      <FormField label="When a server differs before its launch" errorText={reasonFor("launchConfigPolicy")}>
        <Select
          selectedOption={POLICIES.find(({ value }) => value === draft.launchConfigPolicy) ?? POLICIES[0]}
          options={POLICIES}
          onChange={({ detail }) =>
            onChange({ launchConfigPolicy: detail.selectedOption.value as Draft["launchConfigPolicy"] })
          }
        />
      </FormField>
      <FormField label="Prepared instances" errorText={reasonFor("launchIntoMatching")}>
        <Checkbox
          checked={draft.isIntoMatching}
          onChange={({ detail }) => onChange({ isIntoMatching: detail.checked })}
        >
          Launch each server into the stopped instance of its name
        </Checkbox>
      </FormField>
    </>
  );
}
