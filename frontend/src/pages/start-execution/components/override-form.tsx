import Box from "@cloudscape-design/components/box";
import Checkbox from "@cloudscape-design/components/checkbox";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import RadioGroup, { type RadioGroupProps } from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import { count } from "@/text/amounts";
import { codeWords, type Finding, isAboutSettings, mustBeNamed, type OverrideCode } from "../findings";
import type { Intention } from "./preflight";

/** For how long launch settings are accepted: what was found of them, or whatever is until the execution ends. */
export type SettingsScope = "FOUND" | "NAMED";

interface OverrideFormProps {
  /** What prevents the start and can be overridden. */
  readonly byCode: ReadonlyMap<OverrideCode, readonly Finding[]>;
  /** What the last start had no time for, and a check since has not found. */
  readonly offered: ReadonlyMap<OverrideCode, readonly Finding[]>;
  readonly codes: readonly OverrideCode[];
  readonly intention: Intention;
  readonly onChange: (intention: Intention) => void;
}

const ONLY_AT_THE_START =
  "The last start had no time for this, and the check since did not find it: needed only if a start is refused for it again.";

function scopes(isNamedOnly: boolean): readonly RadioGroupProps.RadioButtonDefinition[] {
  return [
    {
      value: "FOUND",
      label: "The servers of which it was found, as far as it prevents the start",
      description: isNamedOnly
        ? "Not possible here: something of the above must be named to be accepted."
        : "What is found of others later keeps them from being launched. The API takes this without names: whatever else prevents the start by then, and can be overridden, is accepted too.",
      disabled: isNamedOnly,
    },
    {
      value: "NAMED",
      label: "All servers of the execution, until it ends",
      description:
        "Also of those that differ only later, and in groups whose policy is BLOCK: they are launched as DRS has them.",
    },
  ];
}

/** What the operator takes upon himself, kind by kind, and why. */
export function OverrideForm({ byCode, offered, codes, intention, onChange }: OverrideFormProps) {
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
        {[...byCode, ...offered].map(([code, findings]) => {
          const servers = new Set(findings.flatMap(({ serverIds }) => serverIds)).size;
          const said = findings.map(({ message }) => message).join("; ");
          return (
            <Checkbox
              key={code}
              checked={codes.includes(code)}
              description={offered.has(code) ? `${ONLY_AT_THE_START} ${said}` : said}
              onChange={({ detail }) => choose(code, detail.checked)}
            >
              I take upon myself: {codeWords(code)} ({count(findings.length, "finding")}
              {servers === 0 ? "" : `, ${count(servers, "server")}`})
            </Checkbox>
          );
        })}
        {codes.some(isAboutSettings) && (
          <FormField label="Launch settings are accepted of">
            <RadioGroup
              value={intention.settingsScope ?? null}
              items={scopes([...byCode.values(), ...offered.values()].flat().some(mustBeNamed))}
              onChange={({ detail }) => onChange({ ...intention, settingsScope: detail.value as SettingsScope })}
            />
          </FormField>
        )}
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
