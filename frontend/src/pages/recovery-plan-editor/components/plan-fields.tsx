import { TextField } from "@/components/text-field";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { PlanDraft } from "../draft";
import type { Problem } from "../rules";
import { reasonFor } from "../rules";

interface PlanFieldsProps {
  readonly draft: PlanDraft;
  readonly problems: readonly Problem[];
  /** Whether saving was tried: before that, nothing is said of fields that are merely still empty. */
  readonly isTried: boolean;
  readonly onChange: (change: Partial<PlanDraft>) => void;
}

/** What is said of the plan as a whole. */
export function PlanFields({ draft, problems, isTried, onChange }: PlanFieldsProps) {
  const wrong = (field: keyof PlanDraft): string | undefined =>
    isTried || draft[field] !== "" ? reasonFor(problems, field) : undefined;
  return (
    <Container header={<Header variant="h2">Plan</Header>}>
      <SpaceBetween size="m">
        <TextField
          label="Name"
          value={draft.planName}
          errorText={wrong("planName")}
          onChange={(planName) => onChange({ planName })}
        />
        <TextField
          label="Description"
          isOptional
          value={draft.description}
          errorText={wrong("description")}
          onChange={(description) => onChange({ description })}
        />
        <ColumnLayout columns={3}>
          <TextField
            label="RTO target in minutes"
            isOptional
            isNumber
            value={draft.rtoMinutes}
            errorText={wrong("rtoMinutes")}
            onChange={(rtoMinutes) => onChange({ rtoMinutes })}
          />
          <TextField
            label="RPO target in seconds"
            isOptional
            isNumber
            value={draft.rpoSeconds}
            errorText={wrong("rpoSeconds")}
            onChange={(rpoSeconds) => onChange({ rpoSeconds })}
          />
          <TextField
            label="Notifications to"
            isOptional
            value={draft.notificationEmail}
            errorText={wrong("notificationEmail")}
            onChange={(notificationEmail) => onChange({ notificationEmail })}
          />
        </ColumnLayout>
      </SpaceBetween>
    </Container>
  );
}
