import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import DateInput from "@cloudscape-design/components/date-input";
import FormField from "@cloudscape-design/components/form-field";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import TimeInput from "@cloudscape-design/components/time-input";
import { useState } from "react";
import { useNow } from "@/components/use-now";
import { engineNow } from "@/text/clock";
import { instantOf, localZone, utcTime } from "@/text/time";

interface PointInTimeProps {
  /** `LATEST`, or an instant. */
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** To which moment the servers are recovered. */
export function PointInTime({ value, onChange }: PointInTimeProps) {
  const [draft, setDraft] = useState({ isLatest: true, day: "", time: "" });
  const chosen = instantOf(draft.day === "" || draft.time === "" ? undefined : `${draft.day}T${draft.time}`);
  useNow(10_000);
  const isPast = chosen !== undefined && chosen <= engineNow();
  return (
    <Container>
      <SpaceBetween size="s">
        <FormField label="Recover to">
          <RadioGroup
            value={draft.isLatest ? "LATEST" : "POINT"}
            items={[
              { value: "LATEST", label: "The latest point in time of each server" },
              { value: "POINT", label: "A point in time", description: "The last one that each server has before it." },
            ]}
            onChange={({ detail }) => {
              const isLatest = detail.value === "LATEST";
              setDraft({ ...draft, isLatest });
              if (isLatest) onChange("LATEST");
            }}
          />
        </FormField>
        {!draft.isLatest && (
          <SpaceBetween direction="horizontal" size="xs" alignItems="end">
            <FormField label="Day" constraintText="YYYY/MM/DD">
              <DateInput
                value={draft.day}
                placeholder="YYYY/MM/DD"
                onChange={({ detail }) => setDraft({ ...draft, day: detail.value })}
              />
            </FormField>
            <FormField label="Time" constraintText={localZone()}>
              <TimeInput
                value={draft.time}
                placeholder="hh:mm:ss"
                onChange={({ detail }) => setDraft({ ...draft, time: detail.value })}
              />
            </FormField>
            <Button
              disabled={!isPast}
              disabledReason="Give a day and a time that are past."
              onClick={() => onChange(chosen?.toISOString() ?? "LATEST")}
            >
              Check for this point in time
            </Button>
          </SpaceBetween>
        )}
        {!draft.isLatest && <PointWords value={value} />}
      </SpaceBetween>
    </Container>
  );
}

function PointWords({ value }: { readonly value: string }) {
  const instant = instantOf(value);
  return (
    <div>{instant === undefined ? "Checked for the latest points in time." : `Checked for ${utcTime(instant)}.`}</div>
  );
}
