import Box from "@cloudscape-design/components/box";
import type { TableProps } from "@cloudscape-design/components/table";
import { EmbeddedTable } from "@/components/embedded-table";
import { InstanceLink } from "@/components/instance-link";
import { StatusWords } from "@/components/status";
import { Time } from "@/components/time";
import { HEALTH, LAUNCH } from "@/text/statuses";
import { useServers } from "../hooks";
import type { Server } from "../waves";
import "./servers.css";

interface ServersProps {
  readonly executionId: string;
  readonly waveNumber: number;
  readonly poll: boolean;
}

const COLUMNS: readonly TableProps.ColumnDefinition<Server>[] = [
  { id: "name", header: "Server", isRowHeader: true, minWidth: 175, cell: (server) => <Name server={server} /> },
  {
    id: "launch",
    header: "Launch",
    minWidth: 150,
    cell: (server) => (
      <>
        <StatusWords of={LAUNCH} name={server.launchStatus} />
        <Box variant="small" display="block">
          {server.launchReason}
        </Box>
      </>
    ),
  },
  {
    id: "health",
    header: "Checks",
    minWidth: 150,
    cell: (server) => (
      <>
        <StatusWords of={HEALTH} name={server.healthStatus} />
        <Box variant="small" display="block">
          {server.healthReason}
        </Box>
      </>
    ),
  },
  { id: "instance", header: "Instance", minWidth: 210, cell: (server) => <Instance server={server} /> },
  { id: "point", header: "Recovered to", minWidth: 150, cell: (server) => <RecoveredTo server={server} /> },
];

/** The servers of a wave, a page at a time, each with its two verdicts in words. */
export function Servers({ executionId, waveNumber, poll }: ServersProps) {
  const pages = useServers(executionId, waveNumber, poll);
  return (
    <EmbeddedTable
      title="Servers"
      noun="server"
      headingLevel="h3"
      variant="borderless"
      pages={pages}
      columns={COLUMNS}
      idOf={({ accountId, region, sourceServerId }) => `${accountId} ${region} ${sourceServerId}`}
    />
  );
}

function Name({ server }: { readonly server: Server }) {
  return (
    <>
      <div>{server.name}</div>
      <Box variant="small" display="block">
        {server.sourceServerId}
      </Box>
      <Box variant="small" display="block">
        {server.accountId} {server.region}
      </Box>
      {server.optional && (
        <Box variant="small" display="block">
          May fail without its wave failing
        </Box>
      )}
      {server.attempt > 1 && (
        <Box variant="small" display="block">
          Attempt {server.attempt}
        </Box>
      )}
      {server.stagingAccountId !== undefined && (
        <Box variant="small" display="block">
          Replicated in {server.stagingAccountId}
        </Box>
      )}
      {server.acceptedFindings.map(({ code }) => (
        <Box key={code} variant="small" display="block">
          Started in spite of {code}
        </Box>
      ))}
      {server.settingsNote !== undefined && (
        <Box variant="small" display="block">
          {server.settingsNote}
        </Box>
      )}
    </>
  );
}

function Instance({ server }: { readonly server: Server }) {
  const { recoveryInstanceId: id, launchIntoInstanceId } = server;
  if (id === undefined) {
    return launchIntoInstanceId === undefined ? <>-</> : <>Is to be launched into {launchIntoInstanceId}</>;
  }
  return (
    <>
      <InstanceLink region={server.region} instanceId={id} />
      {server.launchedAt !== undefined && (
        <Box variant="small" display="block">
          Launched <Time at={server.launchedAt} />
        </Box>
      )}
      {launchIntoInstanceId !== undefined && (
        <Box variant="small" display="block">
          It was there before, and stays
        </Box>
      )}
    </>
  );
}

function RecoveredTo({ server }: { readonly server: Server }) {
  const { recoveryPoint } = server;
  if (recoveryPoint === undefined) return <>-</>;
  return recoveryPoint.isKnown ? <Time at={recoveryPoint.at} /> : <>DRS does not tell</>;
}
