import Box from "@cloudscape-design/components/box";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { TableProps } from "@cloudscape-design/components/table";
import { useState } from "react";
import type { Model } from "@/api/types";
import { usePages } from "@/api/use-pages";
import { EmbeddedTable } from "@/components/embedded-table";
import { FollowLink } from "@/components/follow-link";
import { Freshness } from "@/components/freshness";
import { StatusWords } from "@/components/status";
import { paths } from "@/routes/paths";
import { REPLICATION } from "@/text/statuses";
import { duration, secondsOf } from "@/text/time";

type Server = Model<"InventoryServer">;

const COLUMNS: readonly TableProps.ColumnDefinition<Server>[] = [
  { id: "hostname", header: "Server", isRowHeader: true, cell: ({ hostname }) => hostname },
  { id: "id", header: "Source server", cell: ({ sourceServerId }) => sourceServerId },
  { id: "region", header: "Region", cell: ({ region }) => region },
  {
    id: "state",
    header: "Replication",
    cell: ({ replicationState, replicationStateDisplay, launchObstacle }) => (
      <>
        {replicationState === undefined ? (
          replicationStateDisplay
        ) : (
          <StatusWords of={REPLICATION} name={replicationState as Model<"ReplicationState">} />
        )}
        {launchObstacle !== undefined && <div>Cannot be launched: {launchObstacle}</div>}
      </>
    ),
  },
  {
    id: "lag",
    header: "Lag",
    cell: ({ lagDuration }) => {
      const seconds = secondsOf(lagDuration);
      return seconds === undefined ? "-" : duration(seconds);
    },
  },
  {
    id: "groups",
    header: "Protection groups",
    cell: ({ protectionGroups }) =>
      protectionGroups.length === 0
        ? "In none"
        : protectionGroups.map(({ groupId, groupName }) => (
            <div key={groupId}>
              <FollowLink href={paths.group(groupId)}>{groupName}</FollowLink>
            </div>
          )),
  },
  { id: "staging", header: "Replicated in", cell: ({ stagingAccountId }) => stagingAccountId ?? "This account" },
];

/** The source servers that can be recovered in an account, extended ones too, a page at a time. */
export function Servers({ accountId }: { readonly accountId: string }) {
  const [typed, setTyped] = useState("");
  const hostname = typed.trim() === "" ? undefined : typed.trim();
  const pages = usePages("get_source_server_inventory", { accountId, hostname, limit: 50 });
  return (
    <SpaceBetween size="s">
      <FormField label="Name contains">
        <Input value={typed} type="search" onChange={({ detail }) => setTyped(detail.value)} />
      </FormField>
      <EmbeddedTable<Server>
        title="Source servers"
        noun="source server"
        variant="embedded"
        pages={pages}
        columns={COLUMNS}
        idOf={({ sourceServerId, region }) => `${region} ${sourceServerId}`}
        actions={<Freshness readAt={pages.readAt} error={pages.error} onRefresh={pages.refresh} />}
        empty={
          <Box textAlign="center">
            {hostname === undefined
              ? "DRS shows no source server of this account where it was asked. The overview tells what could not be read."
              : "No source server has that in its name."}
          </Box>
        }
      />
    </SpaceBetween>
  );
}
