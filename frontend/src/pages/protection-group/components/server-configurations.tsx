import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import type { Model } from "@/api/types";
import { useOperation } from "@/api/use-operation";
import { usePages } from "@/api/use-pages";
import { ConflictNotice } from "@/components/conflict-notice";
import { ErrorNotice } from "@/components/error-notice";
import { FittingTable } from "@/components/fitting-table";
import { settingCount } from "@/components/launch-settings/settings";
import { paginationLabels } from "@/components/pagination-labels";
import { UnsavedGuard } from "@/components/unsaved-guard";
import { useNewest } from "@/components/use-newest";
import { useSourceServers } from "@/components/use-source-servers";
import { count } from "@/text/amounts";
import { useBulkSettings } from "../bulk-settings";
import { BulkForm } from "./bulk-form";
import { serverColumns } from "./server-columns";

type View = Model<"ServerConfigView">;

/** What the servers of a group have of their own, and the form that gives several of them the same. */
export function ServerConfigurations({ group }: { readonly group: Model<"ProtectionGroup"> }) {
  const { groupId } = group;
  const [chosen, setChosen] = useState<readonly View[]>([]);
  const read = useOperation("get_protection_group", { path: { groupId } });
  const newest = useNewest(read);
  const pages = usePages("get_launch_config_status", { limit: 50 }, { path: { groupId }, poll: true });
  const ids = pages.items.map(({ sourceServerId }) => sourceServerId);
  const { known } = useSourceServers(group, ids);
  const nameOf = (id: string): string => known.get(id)?.hostname ?? id;
  const own = new Map(group.servers.map((each) => [each.sourceServerId, each] as const));
  const bulk = useBulkSettings(
    group,
    chosen.map(({ sourceServerId }) => sourceServerId),
    () => setChosen([]),
  );
  const keepMine = async (): Promise<void> => {
    const stored = await newest();
    if (stored !== undefined) bulk.rest(stored);
  };
  const takeTheirs = async (): Promise<void> => {
    if ((await newest()) !== undefined) bulk.drop();
  };
  return (
    <SpaceBetween size="l">
      <UnsavedGuard isDirty={bulk.isDirty} />
      <ErrorNotice what="The servers could not be read" error={pages.error} onRetry={pages.refresh} />
      <FittingTable<View>
        variant="embedded"
        items={pages.items}
        trackBy="sourceServerId"
        loading={pages.isLoading}
        loadingText="The servers are being read"
        wrapLines
        enableKeyboardNavigation
        selectionType="multi"
        selectedItems={chosen}
        onSelectionChange={({ detail }) => setChosen(detail.selectedItems)}
        ariaLabels={{
          tableLabel: "Server Configurations",
          selectionGroupLabel: "Choose servers",
          allItemsSelectionLabel: () => "Choose all servers of this page",
          itemSelectionLabel: (_, { sourceServerId: id }) => `Choose ${nameOf(id)}`,
        }}
        header={
          <Header
            variant="h2"
            counter={chosen.length === 0 ? undefined : `(${chosen.length} chosen)`}
            actions={chosen.length > 0 && <Button onClick={() => setChosen([])}>Choose none</Button>}
          >
            Server Configurations
          </Header>
        }
        pagination={<Pagination {...pages.pagination} ariaLabels={paginationLabels("server")} />}
        empty={<Box textAlign="center">The group has no server now.</Box>}
        columnDefinitions={[
          ...serverColumns(groupId, nameOf),
          {
            id: "always",
            header: "Of its own, always",
            cell: ({ sourceServerId: id }) => count(settingCount(own.get(id)?.launchTemplate), "setting"),
          },
          {
            id: "drills",
            header: "Of its own, in drills",
            cell: ({ sourceServerId: id }) => count(settingCount(own.get(id)?.drillLaunchTemplate), "setting"),
          },
        ]}
      />
      {bulk.isConflict ? (
        <ConflictNotice what="This group" onReload={() => void takeTheirs()} onKeep={() => void keepMine()} />
      ) : (
        <ErrorNotice what="The settings were not saved" error={bulk.error} />
      )}
      <BulkForm group={group} bulk={bulk} chosen={chosen.length} />
    </SpaceBetween>
  );
}
