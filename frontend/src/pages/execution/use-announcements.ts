import { useEffect, useRef } from "react";
import { useAnnounce } from "@/shell/announcer";
import { EXECUTION, statusOf, WAVE } from "@/text/statuses";
import { type Execution, waveTitle } from "./waves";

/** What is different since the execution was read before, in sentences for screen readers. */
export function changesBetween(before: Execution, now: Execution): string[] {
  const statuses = new Map(before.waves.map(({ waveNumber, status }) => [waveNumber, status]));
  const waves = now.waves
    .filter((wave) => statuses.get(wave.waveNumber) !== wave.status)
    .map((wave) => `${waveTitle(wave)}: ${statusOf(WAVE, wave.status).words}.`);
  const all = before.status === now.status ? [] : [`The execution: ${statusOf(EXECUTION, now.status).words}.`];
  return [...all, ...waves];
}

/** Has every change of the execution and of its waves read out. */
export function useAnnouncements(execution: Execution | undefined): void {
  const announce = useAnnounce();
  const last = useRef<Execution | undefined>(undefined);
  useEffect(() => {
    if (execution === undefined) return;
    const before = last.current;
    last.current = execution;
    if (before?.executionId !== execution.executionId) return;
    const changes = changesBetween(before, execution);
    if (changes.length > 0) announce(changes.join(" "));
  }, [execution, announce]);
}
