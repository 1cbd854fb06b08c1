/** What the graph needs of a wave, be it of a plan, of a draft or of an execution. */
export interface GraphWave {
  readonly waveNumber: number;
  readonly waveName: string;
  readonly dependsOnWaves: readonly number[];
}

export interface Place {
  readonly x: number;
  readonly y: number;
}

export interface Arrow {
  readonly from: number;
  readonly to: number;
  /** Nobody declared it: without any dependency the waves run in the order of their numbers. */
  readonly isImplied: boolean;
}

export const NODE_WIDTH = 200;
export const NODE_HEIGHT = 76;
const COLUMN = NODE_WIDTH + 72;
const ROW = NODE_HEIGHT + 28;

/** Who waits for whom; a plan in which no wave names a dependency runs in the order of the numbers. */
export function arrowsOf(waves: readonly GraphWave[]): Arrow[] {
  const known = new Set(waves.map(({ waveNumber }) => waveNumber));
  if (waves.some(({ dependsOnWaves }) => dependsOnWaves.length > 0)) {
    return waves.flatMap(({ waveNumber, dependsOnWaves }) =>
      [...new Set(dependsOnWaves)]
        .filter((from) => known.has(from))
        .map((from) => ({ from, to: waveNumber, isImplied: false })),
    );
  }
  const numbers = [...known].sort((one, other) => one - other);
  return numbers.slice(1).map((to, position) => ({ from: numbers[position] ?? to, to, isImplied: true }));
}

/** In which column each wave stands: after everything it waits for. Waves of a cycle stand where the cycle was entered. */
export function columnsOf(waves: readonly GraphWave[], arrows: readonly Arrow[]): ReadonlyMap<number, number> {
  const columns = new Map(waves.map(({ waveNumber }) => [waveNumber, 0]));
  const waits = new Map(waves.map(({ waveNumber }) => [waveNumber, 0]));
  const followers = new Map<number, number[]>();
  for (const { from, to } of arrows) {
    waits.set(to, (waits.get(to) ?? 0) + 1);
    followers.set(from, [...(followers.get(from) ?? []), to]);
  }
  const ready = [...waits].filter(([, count]) => count === 0).map(([wave]) => wave);
  for (let wave = ready.shift(); wave !== undefined; wave = ready.shift()) {
    for (const follower of followers.get(wave) ?? []) {
      columns.set(follower, Math.max(columns.get(follower) ?? 0, (columns.get(wave) ?? 0) + 1));
      const left = (waits.get(follower) ?? 0) - 1;
      waits.set(follower, left);
      if (left === 0) ready.push(follower);
    }
  }
  return columns;
}

/** Where each wave is drawn: columns from left to right, in a column by number. */
export function placesOf(waves: readonly GraphWave[], arrows: readonly Arrow[]): ReadonlyMap<number, Place> {
  const columns = columnsOf(waves, arrows);
  const filled = new Map<number, number>();
  const places = new Map<number, Place>();
  for (const { waveNumber } of [...waves].sort((one, other) => one.waveNumber - other.waveNumber)) {
    const column = columns.get(waveNumber) ?? 0;
    const row = filled.get(column) ?? 0;
    filled.set(column, row + 1);
    places.set(waveNumber, { x: column * COLUMN, y: row * ROW });
  }
  return places;
}
