import Box from "@cloudscape-design/components/box";
import type { TableProps } from "@cloudscape-design/components/table";
import type { Model } from "@/api/types";
import { StatusWords } from "@/components/status";
import { REPLICATION } from "@/text/statuses";

type Server = Model<"InventoryServer">;
type Resolved = Model<"SourceServerView">;

export function tagWords(tags: Readonly<Record<string, string>>): string {
  return (
    Object.entries(tags)
      .map(([key, value]) => `${key} = ${value}`)
      .join(", ") || "-"
  );
}

/** The columns of the picker, as seen from a group: its own servers say so. */
export function serverColumns(groupId: string | undefined): readonly TableProps.ColumnDefinition<Server>[] {
  const owners = ({ protectionGroups }: Server): string =>
    protectionGroups.map((group) => (group.groupId === groupId ? "This group" : group.groupName)).join(", ") ||
    "No group";
  return [
    {
      id: "hostname",
      header: "Server",
      isRowHeader: true,
      cell: ({ hostname, sourceServerId }) => (
        <>
          {hostname || "-"}
          <Box variant="small" display="block">
            {sourceServerId}
          </Box>
        </>
      ),
    },
    { id: "groups", header: "In group", cell: owners },
    {
      id: "replication",
      header: "Replication",
      cell: ({ replicationState }) => (
        <StatusWords of={REPLICATION} name={replicationState as Model<"ReplicationState">} />
      ),
    },
    { id: "tags", header: "Tags", cell: ({ tags }) => tagWords(tags) },
  ];
}

export const RESOLVED_COLUMNS: readonly TableProps.ColumnDefinition<Resolved>[] = [
  { id: "hostname", header: "Host name", isRowHeader: true, cell: ({ hostname }) => hostname || "-" },
  { id: "id", header: "Source server", cell: ({ sourceServerId }) => sourceServerId },
  { id: "group", header: "Listed in", cell: ({ protectionGroup }) => protectionGroup?.groupName ?? "No group" },
  { id: "tags", header: "Tags", cell: ({ tags }) => tagWords(tags) },
];
