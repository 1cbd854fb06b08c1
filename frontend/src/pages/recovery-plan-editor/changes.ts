import { emptyWave, type PlanDraft, type WaveDraft } from "./draft";

/** A wave more, with the first number that is higher than all others. */
export function withNewWave(draft: PlanDraft): PlanDraft {
  const number = Math.max(-1, ...draft.waves.map(({ waveNumber }) => waveNumber)) + 1;
  return { ...draft, waves: [...draft.waves, emptyWave(number)] };
}

/** Without a wave; nobody waits for it any more. */
export function withoutWave(draft: PlanDraft, waveNumber: number): PlanDraft {
  const kept = draft.waves.filter((wave) => wave.waveNumber !== waveNumber);
  return {
    ...draft,
    waves: kept.map((wave) => ({
      ...wave,
      dependsOnWaves: wave.dependsOnWaves.filter((number) => number !== waveNumber),
    })),
  };
}

/** With one wave otherwise. */
export function withWave(draft: PlanDraft, waveNumber: number, change: Partial<WaveDraft>): PlanDraft {
  return {
    ...draft,
    waves: draft.waves.map((wave) => (wave.waveNumber === waveNumber ? { ...wave, ...change } : wave)),
  };
}

/** With a wave that waits for another one, or no longer does. */
export function withDependency(draft: PlanDraft, from: number, to: number, waits: boolean): PlanDraft {
  const wave = draft.waves.find(({ waveNumber }) => waveNumber === to);
  if (wave === undefined) return draft;
  const others = wave.dependsOnWaves.filter((number) => number !== from);
  return withWave(draft, to, { dependsOnWaves: waits ? [...others, from].sort((a, b) => a - b) : others });
}

/** With a wave one place earlier or later: it and its neighbour change numbers, and who waits for them waits still. */
export function withWaveMoved(draft: PlanDraft, waveNumber: number, by: -1 | 1): PlanDraft {
  const waves = [...draft.waves].sort((one, other) => one.waveNumber - other.waveNumber);
  const position = waves.findIndex((wave) => wave.waveNumber === waveNumber);
  const neighbour = waves[position + by]?.waveNumber;
  if (position === -1 || neighbour === undefined) return draft;
  const renumbered = (number: number): number =>
    number === waveNumber ? neighbour : number === neighbour ? waveNumber : number;
  return {
    ...draft,
    waves: waves
      .map((wave) => ({
        ...wave,
        waveNumber: renumbered(wave.waveNumber),
        dependsOnWaves: wave.dependsOnWaves.map(renumbered),
      }))
      .sort((one, other) => one.waveNumber - other.waveNumber),
  };
}
