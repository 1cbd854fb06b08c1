import Box from "@cloudscape-design/components/box";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { TableProps } from "@cloudscape-design/components/table";
import type { Model } from "@/api/types";
import { usePages } from "@/api/use-pages";
import { EmbeddedTable } from "@/components/embedded-table";
import { FollowLink } from "@/components/follow-link";
import { Freshness } from "@/components/freshness";
import { StatusWords } from "@/components/status";
import { Time } from "@/components/time";
import { paths } from "@/routes/paths";
import { count } from "@/text/amounts";
import { JOB, JOB_TYPE, PARTICIPANT } from "@/text/statuses";
import { useRegionChoice } from "./region-choice";

type Job = Model<"DrsJob">;

/** Of a job with very many servers the first are shown. */
const SHOWN = 10;

const COLUMNS: readonly TableProps.ColumnDefinition<Job>[] = [
  { id: "job", header: "Job", isRowHeader: true, minWidth: 160, cell: ({ jobId }) => jobId },
  { id: "type", header: "What it does", cell: ({ type }) => JOB_TYPE[type] },
  { id: "status", header: "Status", cell: ({ status }) => <StatusWords of={JOB} name={status} /> },
  { id: "servers", header: "Servers", minWidth: 240, cell: ({ servers }) => <Participants servers={servers} /> },
  { id: "created", header: "Created", cell: ({ createdAt }) => <Time at={createdAt} missing="Not known" /> },
  { id: "ended", header: "Ended", cell: ({ endedAt }) => <Time at={endedAt} /> },
  { id: "by", header: "Begun by", cell: ({ initiatedBy }) => initiatedBy },
  {
    id: "execution",
    header: "Execution",
    cell: ({ executionId }) =>
      executionId === undefined ? (
        "None of this system"
      ) : (
        <FollowLink href={paths.execution(executionId)}>{executionId}</FollowLink>
      ),
  },
];

interface JobsProps {
  readonly accountId: string;
  /** Where the account is used, as far as that is known. */
  readonly regions: readonly string[];
}

/** The jobs of DRS in a region of the account, newest first, whoever began them: what holds a server is here. */
export function Jobs({ accountId, regions }: JobsProps) {
  const [region, regionField] = useRegionChoice(regions);
  const pages = usePages(
    "list_drs_jobs",
    { accountId, region: region ?? "", limit: 50 },
    { enabled: region !== undefined, poll: true },
  );
  return (
    <SpaceBetween size="s">
      {regionField}
      <EmbeddedTable<Job>
        title="Jobs of DRS"
        noun="job"
        variant="embedded"
        pages={pages}
        columns={COLUMNS}
        idOf={({ jobId }) => jobId}
        description="A server that is in a job which runs takes part in no other one."
        actions={<Freshness readAt={pages.readAt} error={pages.error} onRefresh={pages.refresh} />}
        empty={<Box textAlign="center">DRS shows no job in this region.</Box>}
      />
    </SpaceBetween>
  );
}

function Participants({ servers }: Pick<Job, "servers">) {
  if (servers.length === 0) return "-";
  return (
    <>
      {servers.length > SHOWN && <div>{count(servers.length, "server")}, of which</div>}
      {servers.slice(0, SHOWN).map(({ sourceServerId, status }) => (
        <div key={sourceServerId}>
          {sourceServerId} {status !== undefined && <StatusWords of={PARTICIPANT} name={status} />}
        </div>
      ))}
    </>
  );
}
