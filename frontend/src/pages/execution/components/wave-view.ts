import type { Execution } from "../waves";

/** What every view of the waves is given: the execution, which wave is looked at, and how to look at another. */
export interface WaveViewProps {
  readonly execution: Execution;
  readonly selected: number | undefined;
  readonly onSelect: (waveNumber: number) => void;
}
