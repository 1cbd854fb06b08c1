import Button from "@cloudscape-design/components/button";
import type { TableProps } from "@cloudscape-design/components/table";
import { FittingTable } from "@/components/fitting-table";
import { StatusWords } from "@/components/status";
import { Time } from "@/components/time";
import { WAVE } from "@/text/statuses";
import { dependencyWords, type Wave, waveTitle } from "../waves";
import type { WaveViewProps } from "./wave-view";

/** The waves as a table: what the graph says, for whoever does not see it. */
export function WaveList({ execution, selected, onSelect }: WaveViewProps) {
  const columns: readonly TableProps.ColumnDefinition<Wave>[] = [
    {
      id: "wave",
      header: "Wave",
      isRowHeader: true,
      cell: (wave) => (
        <Button
          variant="inline-link"
          ariaLabel={`Look at ${waveTitle(wave)}${wave.waveNumber === selected ? ", which is shown below" : ""}`}
          onClick={() => onSelect(wave.waveNumber)}
        >
          {waveTitle(wave)}
        </Button>
      ),
    },
    { id: "status", header: "Status", cell: (wave) => <StatusWords of={WAVE} name={wave.status} /> },
    { id: "depends", header: "Begins", cell: dependencyWords },
    {
      id: "servers",
      header: "Servers launched",
      cell: (wave) =>
        `${wave.launchedCount} of ${wave.serverCount}${wave.failedCount === 0 ? "" : `, ${wave.failedCount} failed`}`,
    },
    { id: "started", header: "Started", cell: (wave) => <Time at={wave.startedAt} /> },
    { id: "ended", header: "Ended", cell: (wave) => <Time at={wave.endedAt} /> },
  ];
  return (
    <FittingTable
      items={execution.waves}
      columnDefinitions={columns}
      trackBy={({ waveNumber }) => String(waveNumber)}
      variant="embedded"
      wrapLines
      ariaLabels={{ tableLabel: "Waves" }}
    />
  );
}
