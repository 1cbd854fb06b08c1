import { instantOf } from "@/text/time";
import { layersOf, type Wave } from "./waves";

/** A wave on the timeline, in seconds since the execution began. */
export interface Bar {
  readonly wave: Wave;
  readonly from: number;
  readonly to: number;
  /** Nobody knows yet when it begins: it is drawn where it would be if all waves took as long as those before. */
  readonly isExpected: boolean;
  readonly isCritical: boolean;
}

export interface Timeline {
  readonly bars: readonly Bar[];
  /** The waves that made it last as long as it does, first to last. */
  readonly criticalPath: readonly Wave[];
  readonly length: number;
  /** Where the present is, while the execution runs. */
  readonly now: number | undefined;
}

interface Span {
  readonly from: number;
  readonly to: number;
  readonly isExpected: boolean;
}

const SHORTEST_SECONDS = 60;
const UNKNOWN_SECONDS = 20 * 60;

/** When each wave ran and will run; `until` is the present while the execution runs, or its end. */
export function timelineOf(waves: readonly Wave[], startedAt: Date, until: Date, isEnded: boolean): Timeline {
  const present = secondsBetween(startedAt, until);
  const spans = spansOf(waves, startedAt, present, isEnded);
  const path = criticalPathOf(waves, spans);
  const bars = waves.flatMap((wave) => {
    const span = spans.get(wave.waveNumber);
    return span === undefined ? [] : [{ wave, ...span, isCritical: path.includes(wave) }];
  });
  const length = Math.max(SHORTEST_SECONDS, present, ...bars.map(({ to }) => to));
  return { bars, criticalPath: path, length, now: isEnded ? undefined : present };
}

/** From the wave that ends last back over what each waited for longest. */
function criticalPathOf(waves: readonly Wave[], spans: ReadonlyMap<number, Span>): Wave[] {
  const endOf = ({ waveNumber }: Wave): number => spans.get(waveNumber)?.to ?? -1;
  const latest = (among: readonly Wave[]): Wave | undefined =>
    among.reduce<Wave | undefined>(
      (found, each) => (endOf(each) > (found === undefined ? -1 : endOf(found)) ? each : found),
      undefined,
    );
  const path: Wave[] = [];
  let wave = latest(waves);
  while (wave !== undefined && !path.includes(wave)) {
    path.unshift(wave);
    const before: readonly number[] = wave.dependsOnWaves;
    wave = latest(waves.filter(({ waveNumber }) => before.includes(waveNumber)));
  }
  return path;
}

function spansOf(waves: readonly Wave[], startedAt: Date, present: number, isEnded: boolean): Map<number, Span> {
  const layers = layersOf(waves);
  const expected = expectedSeconds(waves, startedAt);
  const spans = new Map<number, Span>();
  const inOrder = [...waves].sort(
    (one, other) => (layers.get(one.waveNumber) ?? 0) - (layers.get(other.waveNumber) ?? 0),
  );
  for (const wave of inOrder) {
    const begun = instantOf(wave.startedAt);
    const ended = instantOf(wave.endedAt);
    if (begun !== undefined) {
      const from = secondsBetween(startedAt, begun);
      const to = ended === undefined ? present : secondsBetween(startedAt, ended);
      spans.set(wave.waveNumber, { from, to: Math.max(from, to), isExpected: false });
    } else if (!isEnded && ended === undefined) {
      const ends = wave.dependsOnWaves.map((number) => endExpected(spans.get(number), waves, number, expected));
      const from = Math.max(present, ...ends);
      spans.set(wave.waveNumber, { from, to: from + expected, isExpected: true });
    }
  }
  return spans;
}

/** A wave that runs is expected to take at least as long as others did. */
function endExpected(span: Span | undefined, waves: readonly Wave[], number: number, expected: number): number {
  if (span === undefined) return 0;
  const isRunning = waves.some(({ waveNumber, endedAt }) => waveNumber === number && endedAt === undefined);
  return isRunning && !span.isExpected ? Math.max(span.to, span.from + expected) : span.to;
}

function expectedSeconds(waves: readonly Wave[], startedAt: Date): number {
  const lengths = waves.flatMap((wave) => {
    const [from, to] = [instantOf(wave.startedAt), instantOf(wave.endedAt)];
    return from === undefined || to === undefined
      ? []
      : [secondsBetween(startedAt, to) - secondsBetween(startedAt, from)];
  });
  if (lengths.length === 0) return UNKNOWN_SECONDS;
  return Math.max(SHORTEST_SECONDS, lengths.reduce((sum, each) => sum + each, 0) / lengths.length);
}

function secondsBetween(from: Date, to: Date): number {
  return Math.max(0, (to.getTime() - from.getTime()) / 1000);
}
