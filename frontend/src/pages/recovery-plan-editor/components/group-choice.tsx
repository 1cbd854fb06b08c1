import FormField from "@cloudscape-design/components/form-field";
import Multiselect, { type MultiselectProps } from "@cloudscape-design/components/multiselect";
import type { Model } from "@/api/types";
import type { PlanDraft, WaveDraft } from "../draft";

interface GroupChoiceProps {
  readonly wave: WaveDraft;
  readonly draft: PlanDraft;
  readonly groups: ReadonlyMap<string, Model<"ProtectionGroup">> | undefined;
  readonly errorText: string | undefined;
  readonly onChange: (groupIds: string[]) => void;
}

/** Which groups a wave recovers; those of other waves are shown with the wave that has them. */
export function GroupChoice({ wave, draft, groups, errorText, onChange }: GroupChoiceProps) {
  const owners = new Map(
    draft.waves
      .filter(({ waveNumber }) => waveNumber !== wave.waveNumber)
      .flatMap((other) => other.protectionGroupIds.map((id) => [id, other.waveNumber] as const)),
  );
  const options = [...(groups?.values() ?? [])].map((group): MultiselectProps.Option => {
    const owner = owners.get(group.groupId);
    const isTaken = owner !== undefined && !wave.protectionGroupIds.includes(group.groupId);
    return {
      value: group.groupId,
      label: group.groupName,
      description: `${group.accountId} ${group.region}`,
      disabled: isTaken,
      labelTag: isTaken ? `in wave ${owner + 1}` : undefined,
    };
  });
  const selected = wave.protectionGroupIds.map(
    (id) => options.find(({ value }) => value === id) ?? { value: id, label: id },
  );
  return (
    <FormField stretch label="Protection groups" errorText={errorText}>
      <Multiselect
        selectedOptions={selected}
        options={options}
        filteringType="auto"
        filteringAriaLabel="Find protection groups"
        filteringPlaceholder="Find protection groups"
        virtualScroll={options.length > 100}
        statusType={groups === undefined ? "loading" : "finished"}
        loadingText="The groups are being read"
        placeholder="Choose groups"
        empty="There is no protection group."
        noMatch="No group matches."
        deselectAriaLabel={({ label }) => `Without ${label ?? ""}`}
        onChange={({ detail }) => onChange(detail.selectedOptions.map(({ value }) => value ?? ""))}
      />
    </FormField>
  );
}
