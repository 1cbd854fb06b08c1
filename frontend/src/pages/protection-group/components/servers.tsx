import Box from "@cloudscape-design/components/box";
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Model } from "@/api/types";
import { useOperation } from "@/api/use-operation";
import { usePages } from "@/api/use-pages";
import { ErrorNotice } from "@/components/error-notice";
import { FittingTable } from "@/components/fitting-table";
import { Freshness } from "@/components/freshness";
import { Differences } from "@/components/launch-settings/differences";
import { RunProgress } from "@/components/launch-settings/run-progress";
import { paginationLabels } from "@/components/pagination-labels";
import { StatusWords } from "@/components/status";
import { Time } from "@/components/time";
import { useSourceServers } from "@/components/use-source-servers";
import { CONFIG } from "@/text/statuses";
import { serverColumns } from "./server-columns";

type Group = Model<"ProtectionGroup">;
type View = Model<"ServerConfigView">;

/** How far a group's launch settings are, read sooner while a run goes on. */
export function useConfigStatus(groupId: string) {
  return useOperation(
    "get_launch_config_status",
    { path: { groupId }, query: { limit: 1 } },
    { poll: (answer) => answer?.run?.status === "RUNNING" },
  );
}

/** The servers of a group now, with how their launch settings stand. */
export function Servers({ group }: { readonly group: Group }) {
  const { groupId } = group;
  const status = useConfigStatus(groupId);
  const run = status.data?.run;
  const pages = usePages(
    "get_launch_config_status",
    { limit: 50 },
    { path: { groupId }, poll: () => run?.status === "RUNNING" },
  );
  const ids = pages.items.map(({ sourceServerId }) => sourceServerId);
  const { known } = useSourceServers(group, ids);
  const nameOf = (id: string): string => known.get(id)?.hostname ?? id;
  return (
    <SpaceBetween size="m">
      {run !== undefined && <RunProgress run={run} />}
      <ErrorNotice what="The servers could not be read" error={pages.error} onRetry={pages.refresh} />
      <FittingTable<View>
        variant="embedded"
        items={pages.items}
        trackBy="sourceServerId"
        loading={pages.isLoading}
        loadingText="The servers are being read"
        wrapLines
        enableKeyboardNavigation
        ariaLabels={{ tableLabel: "Servers" }}
        header={
          <Header
            variant="h2"
            counter={status.data === undefined ? undefined : `(${status.data.serverCount})`}
            actions={<Freshness readAt={pages.readAt} error={pages.error} onRefresh={pages.refresh} />}
          >
            Servers
          </Header>
        }
        pagination={<Pagination {...pages.pagination} ariaLabels={paginationLabels("server")} />}
        empty={<Box textAlign="center">The group has no server now.</Box>}
        columnDefinitions={[
          ...serverColumns(groupId, nameOf),
          { id: "status", header: "Launch settings", cell: (view) => <Standing view={view} /> },
          { id: "applied", header: "Applied", cell: ({ appliedAt }) => <Time at={appliedAt} missing="Never" /> },
        ]}
      />
    </SpaceBetween>
  );
}

function Standing({ view }: { readonly view: View }) {
  return (
    <>
      <StatusWords of={CONFIG} name={view.status} />
      {view.reason !== undefined && <div>{view.reason}</div>}
      <Differences of={view.differences} />
      {view.temporary !== undefined && <div>DRS has settings of an execution until it is over.</div>}
      {view.launchInto?.problems.map(({ code, reason }) => (
        <div key={code}>{reason}</div>
      ))}
    </>
  );
}
