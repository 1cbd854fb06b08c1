import Checkbox from "@cloudscape-design/components/checkbox";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs from "@cloudscape-design/components/tabs";
import { useState } from "react";
import type { Model } from "@/api/types";
import { LaunchSettingsFields } from "@/components/launch-settings/launch-settings-fields";
import { Permitted } from "@/permissions/permitted";
import { count } from "@/text/amounts";
import { type BulkDraft, type BulkSettings, reasonsOfAny, saysNothing } from "../bulk-settings";

interface BulkFormProps {
  readonly group: Model<"ProtectionGroup">;
  readonly bulk: BulkSettings;
  /** How many servers are chosen. */
  readonly chosen: number;
}

const KINDS: readonly { value: BulkDraft["kind"]; label: string; description: string }[] = [
  {
    value: "set",
    label: "Give them settings",
    description: "What is filled in below; all else stays as each server has it.",
  },
  {
    value: "clear",
    label: "Take all settings of their own away",
    description: "They are launched as the group says, in drills too.",
  },
];

/** What the chosen servers are to have, and the button that saves it for all of them or for none. */
export function BulkForm({ group, bulk, chosen }: BulkFormProps) {
  const [applies, setApplies] = useState(false);
  const { draft } = bulk;
  const servers = count(chosen, "server");
  const tab = (id: "launchTemplate" | "drillLaunchTemplate", label: string) => ({
    id,
    label,
    content: (
      <LaunchSettingsFields
        place={group}
        settings={draft[id]}
        beneath={{}}
        unset="As each server has it"
        reasonFor={reasonsOfAny(bulk.error, id)}
        onChange={(changed) => bulk.change({ [id]: changed })}
      />
    ),
  });
  return (
    <Container
      header={
        <Header
          variant="h3"
          description={`Of ${servers} in account ${group.accountId}, ${group.region}. A static address is given server by server.`}
          actions={
            <SpaceBetween direction="horizontal" size="xs" alignItems="center">
              <Checkbox checked={applies} onChange={({ detail }) => setApplies(detail.checked)}>
                Apply with saving
              </Checkbox>
              <Permitted
                operation="bulk_update_server_configs"
                variant="primary"
                loading={bulk.isBusy}
                unavailable={whyNot(bulk, chosen)}
                onClick={() => bulk.send(applies)}
              >
                {`Save for ${servers}`}
              </Permitted>
            </SpaceBetween>
          }
        >
          Settings of several servers
        </Header>
      }
    >
      <SpaceBetween size="l">
        <RadioGroup
          ariaLabel="What the chosen servers are to have"
          value={draft.kind}
          items={[...KINDS]}
          onChange={({ detail }) => bulk.change({ kind: detail.value as BulkDraft["kind"] })}
        />
        {draft.kind === "set" && (
          <Tabs
            ariaLabel="When the settings hold"
            tabs={[tab("launchTemplate", "Always"), tab("drillLaunchTemplate", "In drills")]}
          />
        )}
      </SpaceBetween>
    </Container>
  );
}

function whyNot({ draft, isConflict }: BulkSettings, chosen: number): string | undefined {
  if (isConflict) return "Choose first whose version is kept.";
  if (chosen === 0) return "Choose servers in the list above.";
  return saysNothing(draft) ? "Fill in what they are to have." : undefined;
}
