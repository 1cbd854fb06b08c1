import Box from "@cloudscape-design/components/box";
import Checkbox from "@cloudscape-design/components/checkbox";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import { count } from "@/text/amounts";
import { codeWords, type Finding, type OverrideCode } from "../findings";
import type { Intention } from "./preflight";

interface OverrideFormProps {
  /** What prevents the start and can be overridden. */
  readonly byCode: ReadonlyMap<OverrideCode, readonly Finding[]>;
  readonly codes: readonly OverrideCode[];
  readonly intention: Intention;
  readonly onChange: (intention: Intention) => void;
}

/** What the operator takes upon himself, kind by kind, and why. */
export function OverrideForm({ byCode, codes, intention, onChange }: OverrideFormProps) {
  const choose = (code: OverrideCode, isChosen: boolean): void =>
    onChange({ ...intention, codes: isChosen ? [...codes, code] : codes.filter((other) => other !== code) });
  return (
    <Container
      header={
        <Header variant="h2" description="Your name and your reason are kept with the execution.">
          Start in spite of this
        </Header>
      }
    >
      <SpaceBetween size="s">
        {[...byCode].map(([code, findings]) => {
          const servers = new Set(findings.flatMap(({ serverIds }) => serverIds)).size;
          return (
            <Checkbox
              key={code}
              checked={codes.includes(code)}
              description={findings.map(({ message }) => message).join("; ")}
              onChange={({ detail }) => choose(code, detail.checked)}
            >
              I take upon myself: {codeWords(code)} ({count(findings.length, "finding")}
              {servers === 0 ? "" : `, ${count(servers, "server")}`})
            </Checkbox>
          );
        })}
        <FormField stretch label="Reason for the override">
          <Textarea
            rows={2}
            value={intention.overrideReason}
            onChange={({ detail }) => onChange({ ...intention, overrideReason: detail.value })}
          />
        </FormField>
        <Box color="text-body-secondary">At most 1000 characters.</Box>
      </SpaceBetween>
    </Container>
  );
}
