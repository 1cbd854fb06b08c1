import Box from "@cloudscape-design/components/box";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import ProgressBar from "@cloudscape-design/components/progress-bar";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { TableProps } from "@cloudscape-design/components/table";
import { useEffect, useRef } from "react";
import type { Model } from "@/api/types";
import { CollectionTable } from "@/components/collection-table";
import { FindingList } from "@/components/finding-list";
import { StatusWords } from "@/components/status";
import { Time } from "@/components/time";
import { useAnnounce } from "@/shell/announcer";
import { count } from "@/text/amounts";
import { EXTENSION_REMEDY } from "@/text/remedies";
import { EXTENSION, SYNC } from "@/text/statuses";

interface Row extends Model<"SyncedServer"> {
  readonly stagingAccountId: string;
  readonly region: string;
}

const COLUMNS: readonly TableProps.ColumnDefinition<Row>[] = [
  {
    id: "server",
    header: "Server",
    isRowHeader: true,
    cell: ({ hostname, sourceServerId }) => hostname || sourceServerId,
  },
  { id: "from", header: "From", cell: ({ stagingAccountId, region }) => `${stagingAccountId} ${region}` },
  { id: "outcome", header: "Outcome", cell: ({ outcome }) => <StatusWords of={EXTENSION} name={outcome} /> },
  {
    id: "todo",
    header: "Why, and what to do",
    minWidth: 260,
    cell: ({ problem, message }) => (
      <>
        {message !== "" && <div>{message}</div>}
        {problem === undefined ? "-" : <strong>{EXTENSION_REMEDY[problem]}</strong>}
      </>
    ),
  },
];

/** How far the last sync of a target account is, and what came of each server that is not well. */
export function StagingSync({ sync }: { readonly sync: Model<"StagingSyncView"> }) {
  const { status, placeCount, pendingCount, extendedCount, failedCount } = sync;
  const announce = useAnnounce();
  const last = useRef(status);
  useEffect(() => {
    if (last.current !== status) announce(`Extending servers: ${SYNC[status].words}.`);
    last.current = status;
  }, [announce, status]);
  const servers = sync.places.flatMap(({ stagingAccountId, region, servers: found }) =>
    found.map((server) => ({ ...server, stagingAccountId, region })),
  );
  const troubled = servers.filter(({ outcome }) => outcome !== "EXTENDED");
  const unread = sync.places.flatMap(({ finding }) => (finding === undefined ? [] : [finding]));
  return (
    <SpaceBetween size="m">
      <KeyValuePairs
        columns={4}
        items={[
          { label: "State", value: <StatusWords of={SYNC} name={status} /> },
          { label: "Asked for by", value: sync.requestedBy },
          { label: "Began", value: <Time at={sync.startedAt} /> },
          { label: "Ended", value: <Time at={sync.endedAt} missing="Not yet" /> },
        ]}
      />
      {status !== "DONE" && (
        <ProgressBar
          label="Staging accounts and regions"
          value={placeCount === 0 ? 100 : (100 * (placeCount - pendingCount)) / placeCount}
          description={`${placeCount - pendingCount} of ${placeCount} done`}
        />
      )}
      <Box>
        {count(extendedCount, "server")} extended, {failedCount} not.
      </Box>
      <FindingList findings={unread} />
      {troubled.length > 0 && (
        <CollectionTable<Row>
          title="Servers that are not well"
          noun="server"
          headingLevel="h3"
          variant="embedded"
          items={troubled}
          columns={COLUMNS}
          idOf={({ sourceServerId, stagingAccountId, region }) => `${stagingAccountId} ${region} ${sourceServerId}`}
        />
      )}
    </SpaceBetween>
  );
}
