import { memo } from "react";
import type { Model } from "@/api/types";
import { ErrorNotice } from "@/components/error-notice";
import { Time } from "@/components/time";
import { HEALTH, LAUNCH, statusOf } from "@/text/statuses";
import type { WholeList } from "../hooks";
import type { RowColumn } from "@/components/row-table";
import { ReportTable } from "./report-table";

type Server = Model<"ServerView">;

const COLUMNS: readonly RowColumn<Server>[] = [
  { header: "Server", cell: ({ name, sourceServerId }) => `${name} (${sourceServerId})` },
  { header: "Account", cell: ({ accountId, region }) => `${accountId} (${region})` },
  {
    header: "Launch",
    cell: ({ launchStatus, launchReason }) => withReason(statusOf(LAUNCH, launchStatus).words, launchReason),
  },
  {
    header: "Checks",
    cell: ({ healthStatus, healthReason }) => withReason(statusOf(HEALTH, healthStatus).words, healthReason),
  },
  { header: "Attempt", cell: ({ attempt }) => attempt },
  { header: "Instance", cell: ({ recoveryInstanceId }) => recoveryInstanceId ?? "-" },
  { header: "Recovered to", cell: ({ recoveryPoint }) => <Time at={recoveryPoint?.at} missing="Not known" /> },
];

interface ReportServersProps {
  readonly execution: Model<"ExecutionView">;
  readonly servers: WholeList<Server>;
}

/** What became of every server, wave by wave. */
export function ReportServers({ execution, servers }: ReportServersProps) {
  return (
    <section aria-busy={!servers.isAll}>
      <h2>Servers</h2>
      <ErrorNotice what="Not all servers could be read" error={servers.error} onRetry={servers.retry} />
      {execution.waves.map(({ waveNumber, waveName }) => {
        const own = servers.items.filter((each) => each.waveNumber === waveNumber);
        return own.length === 0 ? null : (
          <ServersOfWave
            key={waveNumber}
            title={`Wave ${waveNumber + 1} (${waveName})`}
            servers={own}
            count={own.length}
          />
        );
      })}
      {!servers.isAll && servers.error === null && <p>{servers.items.length} servers are read; more follow.</p>}
    </section>
  );
}

interface ServersOfWaveProps {
  readonly title: string;
  readonly servers: readonly Server[];
  readonly count: number;
}

/** Drawn anew only when servers of it were read: a thousand rows are not drawn once per page. */
const ServersOfWave = memo(
  function ServersOfWave({ title, servers }: ServersOfWaveProps) {
    return (
      <div className="part">
        <h3>{title}</h3>
        <ReportTable
          label={`Servers of ${title}`}
          rows={servers}
          idOf={({ accountId, region, sourceServerId }) => `${accountId} ${region} ${sourceServerId}`}
          columns={COLUMNS}
        />
      </div>
    );
  },
  (before, now) => before.title === now.title && before.count === now.count,
);

function withReason(words: string, reason: string): string {
  return reason === "" ? words : `${words}. ${reason}`;
}
