import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Pagination from "@cloudscape-design/components/pagination";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { TableProps } from "@cloudscape-design/components/table";
import { CollectionTable } from "@/components/collection-table";
import { ErrorNotice } from "@/components/error-notice";
import { paginationLabels } from "@/components/pagination-labels";
import { Time } from "@/components/time";
import { useJobLogs } from "../hooks";
import { type JobLine, linesOf, troublesOf } from "../job-lines";
import { type Wave, waveWords } from "../waves";

interface JobLogsProps {
  readonly executionId: string;
  readonly waveNumber: number;
  readonly poll: boolean;
  readonly wave: Wave;
}

const COLUMNS: readonly TableProps.ColumnDefinition<JobLine>[] = [
  { id: "time", header: "Time", width: 210, sortingField: "time", cell: (line) => <Time at={line.time} /> },
  { id: "message", header: "What DRS did", minWidth: 260, isRowHeader: true, cell: (line) => line.message },
  {
    id: "job",
    header: "Job",
    minWidth: 200,
    sortingField: "jobId",
    cell: (line) => (
      <>
        {line.jobId}
        <Box variant="small" display="block">
          {line.isStaging ? "of the staging account" : "in account"} {line.accountId} ({line.region})
        </Box>
      </>
    ),
  },
];

/** What DRS did for a wave, in sentences, newest first. */
export function JobLogs({ executionId, waveNumber, poll, wave }: JobLogsProps) {
  const pages = useJobLogs(executionId, waveNumber, poll);
  const troubles = troublesOf(pages.items);
  return (
    <SpaceBetween size="s">
      <ErrorNotice what="The jobs could not be read" error={pages.error} onRetry={pages.refresh} />
      {troubles.length > 0 && (
        <Alert type="warning" header="Not everything could be read, which says nothing about the jobs">
          {troubles.map((trouble) => (
            <div key={trouble}>{trouble}</div>
          ))}
        </Alert>
      )}
      <CollectionTable
        title="What DRS did"
        noun="line"
        headingLevel="h3"
        variant="borderless"
        items={linesOf(pages.items)}
        columns={COLUMNS}
        idOf={({ id }) => id}
        isLoading={pages.isLoading}
        empty={<Box textAlign="center">DRS has no job for {waveWords(wave)} yet.</Box>}
      />
      {pages.pagination.pagesCount > 1 && (
        <SpaceBetween direction="horizontal" size="xs" alignItems="center">
          <Box variant="small" display="block">
            More jobs
          </Box>
          <Pagination {...pages.pagination} ariaLabels={paginationLabels("job")} />
        </SpaceBetween>
      )}
    </SpaceBetween>
  );
}
