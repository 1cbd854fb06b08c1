import { TextField } from "@/components/text-field";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import FormField from "@cloudscape-design/components/form-field";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { AlarmDraft, CheckDraft, CommandDraft } from "../draft";
import { below, type Problem, reasonFor } from "../rules";

interface CheckFieldsProps {
  readonly checks: readonly CheckDraft[];
  /** Of the wave, with paths below it. */
  readonly problems: readonly Problem[];
  readonly isTried: boolean;
  readonly onChange: (checks: readonly CheckDraft[]) => void;
}

const ALARM: AlarmDraft = { kind: "alarm", alarmName: "", accountId: "", region: "" };
const COMMAND: CommandDraft = { kind: "command", documentName: "", timeoutSeconds: "600", parameters: "" };

/** What must be well before the wave has succeeded, beside EC2's own checks. */
export function CheckFields({ checks, problems, isTried, onChange }: CheckFieldsProps) {
  const ofAll = problems.filter(({ field }) => field === "healthChecks");
  return (
    <FormField
      stretch
      label="Health checks"
      description="Alarms of CloudWatch that must be OK, and SSM documents that must succeed on every instance."
      errorText={reasonFor(ofAll, "healthChecks")}
    >
      <SpaceBetween size="m">
        {checks.map((check, position) => {
          const own = below(problems, `healthChecks[${position}].`);
          const wrong = (field: string): string | undefined => (isTried ? reasonFor(own, field) : undefined);
          const change = (changed: CheckDraft): void => onChange(checks.with(position, changed));
          const title = `${check.kind === "alarm" ? "Alarm" : "Document"} ${position + 1}`;
          return (
            <div key={position} role="group" aria-label={title}>
              <Box variant="h4">{title}</Box>
              {check.kind === "alarm" ? (
                <AlarmFields check={check} wrong={wrong} onChange={change} />
              ) : (
                <CommandFields check={check} wrong={wrong} onChange={change} />
              )}
              <Button
                ariaLabel={`Remove ${title.toLowerCase()}`}
                onClick={() => onChange(checks.filter((_, other) => other !== position))}
              >
                Remove
              </Button>
            </div>
          );
        })}
        <SpaceBetween direction="horizontal" size="xs">
          <Button iconName="add-plus" onClick={() => onChange([...checks, ALARM])}>
            Add alarm
          </Button>
          <Button iconName="add-plus" onClick={() => onChange([...checks, COMMAND])}>
            Add document
          </Button>
        </SpaceBetween>
      </SpaceBetween>
    </FormField>
  );
}

interface FieldsProps<Check> {
  readonly check: Check;
  readonly wrong: (field: string) => string | undefined;
  readonly onChange: (check: Check) => void;
}

function AlarmFields({ check, wrong, onChange }: FieldsProps<AlarmDraft>) {
  return (
    <ColumnLayout columns={3}>
      <TextField
        label="Alarm"
        value={check.alarmName}
        errorText={wrong("alarmName")}
        onChange={(alarmName) => onChange({ ...check, alarmName })}
      />
      <TextField
        label="Account of the alarm"
        isOptional
        placeholder="where the servers are"
        value={check.accountId}
        errorText={wrong("accountId")}
        onChange={(accountId) => onChange({ ...check, accountId })}
      />
      <TextField
        label="Region of the alarm"
        isOptional
        placeholder="where the servers are"
        value={check.region}
        errorText={wrong("region")}
        onChange={(region) => onChange({ ...check, region })}
      />
    </ColumnLayout>
  );
}

function CommandFields({ check, wrong, onChange }: FieldsProps<CommandDraft>) {
  return (
    <ColumnLayout columns={3}>
      <TextField
        label="SSM document"
        value={check.documentName}
        errorText={wrong("documentName")}
        onChange={(documentName) => onChange({ ...check, documentName })}
      />
      <TextField
        label="At most, in seconds"
        isNumber
        value={check.timeoutSeconds}
        errorText={wrong("timeoutSeconds")}
        onChange={(timeoutSeconds) => onChange({ ...check, timeoutSeconds })}
      />
      <TextField
        label="Parameters"
        isOptional
        isLong
        placeholder="name=value, one on each line"
        value={check.parameters}
        errorText={wrong("parameters")}
        onChange={(parameters) => onChange({ ...check, parameters })}
      />
    </ColumnLayout>
  );
}
