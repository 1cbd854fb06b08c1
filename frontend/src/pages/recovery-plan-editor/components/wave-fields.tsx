import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import FormField from "@cloudscape-design/components/form-field";
import Multiselect from "@cloudscape-design/components/multiselect";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { TextField } from "@/components/text-field";
import type { Model } from "@/api/types";
import { FAILURE_POLICY } from "@/text/policies";
import type { PlanDraft, WaveDraft } from "../draft";
import { type Problem, reasonFor } from "../rules";
import { CheckFields } from "./check-fields";
import { GroupChoice } from "./group-choice";

interface WaveFieldsProps {
  readonly wave: WaveDraft;
  readonly draft: PlanDraft;
  readonly groups: ReadonlyMap<string, Model<"ProtectionGroup">> | undefined;
  /** Of this wave, with paths below it. */
  readonly problems: readonly Problem[];
  readonly isTried: boolean;
  readonly onChange: (change: Partial<WaveDraft>) => void;
  readonly onMove: (by: -1 | 1) => void;
  readonly onRemove: () => void;
}

const POLICIES = Object.entries(FAILURE_POLICY).map(([value, label]) => ({ value, label }));

/** Everything that can be said of one wave. */
export function WaveFields(props: WaveFieldsProps) {
  const { wave, draft, groups, problems, isTried, onChange, onMove, onRemove } = props;
  const wrong = (field: string, isEmpty = false): string | undefined =>
    isTried || !isEmpty ? reasonFor(problems, field) : undefined;
  const isOnly = draft.waves.length === 1;
  const numbers = draft.waves.map(({ waveNumber }) => waveNumber);
  const others = draft.waves
    .filter(({ waveNumber }) => waveNumber !== wave.waveNumber)
    .map(({ waveNumber, waveName }) => ({ value: String(waveNumber), label: `${waveNumber + 1}. ${waveName}` }));
  return (
    <SpaceBetween size="m">
      <SpaceBetween direction="horizontal" size="xs">
        <Button
          disabled={wave.waveNumber === Math.min(...numbers)}
          disabledReason="It is the first wave."
          onClick={() => onMove(-1)}
        >
          Move earlier
        </Button>
        <Button
          disabled={wave.waveNumber === Math.max(...numbers)}
          disabledReason="It is the last wave."
          onClick={() => onMove(1)}
        >
          Move later
        </Button>
        <Button disabled={isOnly} disabledReason="A plan needs a wave." onClick={onRemove}>
          Remove wave
        </Button>
      </SpaceBetween>
      <TextField
        label="Name of the wave"
        value={wave.waveName}
        errorText={wrong("waveName", wave.waveName === "")}
        isFocused={wave.waveName === "" && !isOnly}
        onChange={(waveName) => onChange({ waveName })}
      />
      <TextField
        label="Description of the wave"
        isOptional
        value={wave.description}
        errorText={wrong("description")}
        onChange={(description) => onChange({ description })}
      />
      <GroupChoice
        wave={wave}
        draft={draft}
        groups={groups}
        errorText={wrong("protectionGroupIds", wave.protectionGroupIds.length === 0)}
        onChange={(protectionGroupIds) => onChange({ protectionGroupIds })}
      />
      <FormField
        stretch
        label="Waits for"
        description="It begins once all of these have succeeded."
        errorText={wrong("dependsOnWaves")}
      >
        <Multiselect
          selectedOptions={others.filter(({ value }) => wave.dependsOnWaves.includes(Number(value)))}
          options={others}
          placeholder="No other wave"
          empty="There is no other wave."
          deselectAriaLabel={({ label }) => `No longer wait for ${label ?? ""}`}
          onChange={({ detail }) =>
            onChange({ dependsOnWaves: detail.selectedOptions.map(({ value }) => Number(value)) })
          }
        />
      </FormField>
      <Checkbox
        checked={wave.pauseBeforeWave}
        description="The execution waits until somebody approves."
        onChange={({ detail }) => onChange({ pauseBeforeWave: detail.checked })}
      >
        Pause before this wave
      </Checkbox>
      <ColumnLayout columns={2}>
        <FormField label="If it fails" errorText={wrong("failurePolicy")}>
          <Select
            selectedOption={{ value: wave.failurePolicy, label: FAILURE_POLICY[wave.failurePolicy] }}
            options={POLICIES}
            onChange={({ detail }) =>
              onChange({ failurePolicy: detail.selectedOption.value as Model<"FailurePolicy"> })
            }
          />
        </FormField>
        <TextField
          label="Succeeds with"
          isOptional
          placeholder="all servers; or a count, or 80%"
          value={wave.minimumSuccess}
          errorText={wrong("minimumSuccess")}
          onChange={(minimumSuccess) => onChange({ minimumSuccess })}
        />
        <TextField
          label="Minutes to wait after an approval"
          isOptional
          isNumber
          value={wave.waitMinutes}
          errorText={wrong("waitMinutes")}
          onChange={(waitMinutes) => onChange({ waitMinutes })}
        />
        <TextField
          label="Deadline in minutes"
          isNumber
          value={wave.deadlineMinutes}
          errorText={wrong("deadlineMinutes")}
          onChange={(deadlineMinutes) => onChange({ deadlineMinutes })}
        />
        <TextField
          label="Minutes to follow jobs that outlive it"
          isNumber
          value={wave.drainMinutes}
          errorText={wrong("drainMinutes")}
          onChange={(drainMinutes) => onChange({ drainMinutes })}
        />
        <TextField
          label="Servers it can do without"
          isOptional
          isLong
          description="Ids of source servers, one on each line."
          value={wave.optionalServers}
          errorText={wrong("optionalServerIds")}
          onChange={(optionalServers) => onChange({ optionalServers })}
        />
      </ColumnLayout>
      <CheckFields
        checks={wave.healthChecks}
        problems={problems}
        isTried={isTried}
        onChange={(healthChecks) => onChange({ healthChecks })}
      />
    </SpaceBetween>
  );
}
