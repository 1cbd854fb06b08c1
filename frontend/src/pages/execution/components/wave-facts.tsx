import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import type { ReactNode } from "react";
import type { Model } from "@/api/types";
import { StatusWords } from "@/components/status";
import { Time } from "@/components/time";
import { count } from "@/text/amounts";
import { GATE } from "@/text/statuses";
import { dependencyWords, type Execution, type Gate, type Wave } from "../waves";

const POLICY: Readonly<Record<Model<"FailurePolicy">, string>> = {
  STOP: "Nothing new starts anywhere",
  PAUSE: "Somebody decides what becomes of it",
  CONTINUE: "The plan goes on",
};

interface Fact {
  readonly label: string;
  readonly value: ReactNode;
}

/** What the plan says of a wave, and who decided what about it. */
export function WaveFacts({ execution, wave }: { readonly execution: Execution; readonly wave: Wave }) {
  const gates = execution.gates.filter(({ waveNumber }) => waveNumber === wave.waveNumber);
  return <KeyValuePairs columns={3} items={[...planFacts(wave), ...timeFacts(wave), ...gates.map(gateFact)]} />;
}

function planFacts(wave: Wave): Fact[] {
  const checks = wave.healthChecks ?? [];
  return [
    { label: "Begins", value: dependencyWords(wave) },
    { label: "Protection groups", value: wave.protectionGroupNames.join(", ") || "-" },
    { label: "Approval", value: approvalWords(wave) },
    { label: "If it fails", value: POLICY[wave.failurePolicy] },
    { label: "Enough is", value: String(wave.minimumSuccess ?? "Every server that is not optional") },
    { label: "Retries", value: wave.retries },
    ...(checks.length === 0 ? [] : [{ label: "Checks", value: checks.map(checkWords).join(", ") }]),
    ...(wave.alarms === undefined ? [] : [{ label: "Alarms", value: `${wave.alarms.verdict}: ${wave.alarms.reason}` }]),
    ...(wave.continuedBy === undefined ? [] : [{ label: "Gone on without by", value: wave.continuedBy }]),
    ...(wave.draining ? [{ label: "Draining", value: "It is judged, and a job of DRS still runs" }] : []),
  ];
}

function timeFacts(wave: Wave): Fact[] {
  const fact = (label: string, at: string | undefined): Fact[] =>
    at === undefined ? [] : [{ label, value: <Time at={at} /> }];
  return [
    ...fact("Started", wave.startedAt),
    ...fact("Ended", wave.endedAt),
    ...fact("Waits until", wave.waitUntil),
    ...fact("Deadline", wave.deadlineAt),
    ...fact("Jobs are given up", wave.drainUntil),
    ...(wave.waitMinutes === undefined ? [] : [{ label: "Waits first", value: count(wave.waitMinutes, "minute") }]),
  ];
}

function gateFact(gate: Gate): Fact {
  return {
    label: `Gate ${gate.number}`,
    value: (
      <>
        <StatusWords of={GATE} name={gate.status} />
        <div>
          {gate.decidedBy === undefined ? "Open since " : `By ${gate.decidedBy}, `}
          <Time at={gate.decidedAt ?? gate.openedAt} />
        </div>
      </>
    ),
  };
}

function approvalWords({ pauseBeforeWave, approvedBy }: Wave): string {
  if (approvedBy !== undefined) return `Approved by ${approvedBy}`;
  return pauseBeforeWave ? "Somebody must approve it" : "Needs none";
}

function checkWords(check: Model<"AlarmCheck"> | Model<"CommandCheck">): string {
  return "alarmName" in check ? `alarm ${check.alarmName}` : `document ${check.documentName}`;
}
