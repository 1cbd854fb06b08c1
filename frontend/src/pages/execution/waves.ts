import type { Model } from "@/api/types";
import { arrowsOf, columnsOf } from "@/components/wave-graph/layout";
import { enumeration } from "@/text/amounts";
import { EXECUTION, statusOf, WAVE } from "@/text/statuses";

export type Execution = Model<"ExecutionView">;
export type Wave = Model<"WaveView">;
export type Gate = Model<"GateView">;
export type Server = Model<"ServerView">;

/** How people call a wave: its number, counted from one, and its name. */
export function waveWords(wave: Pick<Wave, "waveNumber" | "waveName">): string {
  return `wave ${wave.waveNumber + 1}${wave.waveName === "" ? "" : ` (${wave.waveName})`}`;
}

/** The same as the first words of a sentence. */
export function waveTitle(wave: Pick<Wave, "waveNumber" | "waveName">): string {
  return waveWords(wave).replace("wave", "Wave");
}

/** Whether nothing of the execution changes any more, except by what somebody asks for. */
export function isSettled(execution: Pick<Execution, "status" | "termination">): boolean {
  return statusOf(EXECUTION, execution.status).isEnd && execution.termination?.status !== "RUNNING";
}

/** The wave that a gate is about; the gate of the pause is about none. */
export function waveOf(execution: Execution, gate: Gate): Wave | undefined {
  return execution.waves.find(({ waveNumber }) => waveNumber === gate.waveNumber);
}

/** What waits for a decision, oldest first. */
export function openGates(execution: Execution): Gate[] {
  return execution.gates
    .filter(({ status }) => status === "OPEN")
    .sort((one, other) => (one.openedAt < other.openedAt ? -1 : 1));
}

/** The gate at which the wave waits. */
export function openGateOf(execution: Execution, wave: Wave): Gate | undefined {
  return execution.gates.find(({ waveNumber, status }) => waveNumber === wave.waveNumber && status === "OPEN");
}

/** The wave that a person wants to see first: what waits, what runs, what went wrong, or else the first. */
export function mostUrgentWave(waves: readonly Wave[]): Wave | undefined {
  const urgent: readonly (readonly Wave["status"][])[] = [
    ["AWAITING_APPROVAL"],
    ["LAUNCHING", "LAUNCHED", "VALIDATING"],
    ["FAILED", "TIMEOUT", "PARTIAL"],
  ];
  for (const statuses of urgent) {
    const found = waves.find(({ status }) => statuses.includes(status));
    if (found !== undefined) return found;
  }
  return waves[0];
}

/** For every wave by its number, how many waves come before it on its longest way from a first one. */
export function layersOf(waves: readonly Wave[]): ReadonlyMap<number, number> {
  return columnsOf(waves, arrowsOf(waves));
}

/** What a wave waits for, in words. */
export function dependencyWords(wave: Wave): string {
  if (wave.dependsOnWaves.length === 0) return "starts at once";
  return `after ${enumeration(wave.dependsOnWaves.map((number) => `wave ${number + 1}`))}`;
}

/** A wave in one sentence, for whoever hears it. */
export function waveSentence(wave: Wave): string {
  const { words } = statusOf(WAVE, wave.status);
  const servers = `${wave.launchedCount} of ${wave.serverCount} servers launched`;
  const failed = wave.failedCount === 0 ? "" : `, ${wave.failedCount} failed`;
  return `${waveTitle(wave)}: ${words}, ${servers}${failed}, ${dependencyWords(wave)}`;
}

/** The accounts and regions in words: `111122223333 (us-east-1 and us-west-2)`. */
export function placesWords(targets: readonly Pick<Model<"Target">, "accountId" | "region">[]): string {
  const regions = new Map<string, Set<string>>();
  for (const { accountId, region } of targets) {
    regions.set(accountId, (regions.get(accountId) ?? new Set()).add(region));
  }
  const accounts = [...regions].map(([account, found]) => `${account} (${enumeration([...found].sort())})`);
  return `${accounts.length === 1 ? "account" : "accounts"} ${enumeration(accounts)}`;
}
