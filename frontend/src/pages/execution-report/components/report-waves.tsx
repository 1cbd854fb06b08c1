import type { Model } from "@/api/types";
import { Time } from "@/components/time";
import { statusOf, WAVE } from "@/text/statuses";
import type { RowColumn } from "@/components/row-table";
import { ReportTable } from "./report-table";

type Wave = Model<"WaveView">;

const COLUMNS: readonly RowColumn<Wave>[] = [
  { header: "Wave", cell: ({ waveNumber, waveName }) => `${waveNumber + 1} ${waveName}` },
  { header: "After", cell: ({ dependsOnWaves }) => dependsOnWaves.map((number) => number + 1).join(", ") || "-" },
  {
    header: "Outcome",
    cell: ({ status, statusReason }) => `${statusOf(WAVE, status).words}. ${statusReason}`,
  },
  {
    header: "Servers",
    cell: ({ serverCount, launchedCount, failedCount }) =>
      `${launchedCount} of ${serverCount} launched, ${failedCount} failed`,
  },
  { header: "Retries", cell: ({ retries }) => retries },
  { header: "Approved by", cell: ({ approvedBy }) => approvedBy ?? "-" },
  { header: "Started", cell: ({ startedAt }) => <Time at={startedAt} /> },
  { header: "Ended", cell: ({ endedAt }) => <Time at={endedAt} /> },
];

/** The waves, with their verdicts. */
export function ReportWaves({ execution }: { readonly execution: Model<"ExecutionView"> }) {
  return (
    <section>
      <h2>Waves</h2>
      <ReportTable
        label="Waves"
        rows={execution.waves}
        idOf={({ waveNumber }) => String(waveNumber)}
        columns={COLUMNS}
      />
    </section>
  );
}
