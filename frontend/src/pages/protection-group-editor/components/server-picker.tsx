import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import SpaceBetween from "@cloudscape-design/components/space-between";
import TextFilter from "@cloudscape-design/components/text-filter";
import { useState } from "react";
import type { Model } from "@/api/types";
import { usePages } from "@/api/use-pages";
import { CollectionTable } from "@/components/collection-table";
import { ErrorNotice } from "@/components/error-notice";
import { FittingTable } from "@/components/fitting-table";
import { paginationLabels } from "@/components/pagination-labels";
import { useSettled } from "@/components/use-settled";
import { useSourceServers } from "@/components/use-source-servers";
import { serverColumns } from "../table-config";

type Server = Model<"InventoryServer">;

interface ServerPickerProps {
  readonly place: { readonly accountId: string; readonly region: string };
  readonly groupId?: string;
  readonly chosen: readonly string[];
  readonly onChange: (chosen: readonly string[]) => void;
}

/** The source servers of an account and region, a page at a time, to be chosen; those of other groups are shown and kept. */
export function ServerPicker({ place, groupId, chosen, onChange }: ServerPickerProps) {
  const [hostname, setHostname] = useState("");
  const [unprotectedOnly, setUnprotectedOnly] = useState(false);
  const sought = useSettled(hostname);
  const filters = { ...place, hostname: sought === "" ? undefined : sought, unprotectedOnly, limit: 50 };
  const pages = usePages("get_source_server_inventory", filters, {
    enabled: place.accountId !== "" && place.region !== "",
  });
  const ids = new Set(chosen);
  const select = (rows: readonly Server[]): void => {
    const shown = new Set(pages.items.map(({ sourceServerId }) => sourceServerId));
    onChange([...chosen.filter((id) => !shown.has(id)), ...rows.map(({ sourceServerId }) => sourceServerId)]);
  };
  if (place.accountId === "" || place.region === "") return <Box>Choose an account and a region first.</Box>;
  return (
    <SpaceBetween size="m">
      <ErrorNotice what="The source servers could not be read" error={pages.error} onRetry={pages.refresh} />
      <FittingTable<Server>
        items={pages.items}
        columnDefinitions={serverColumns(groupId)}
        trackBy="sourceServerId"
        loading={pages.isLoading}
        loadingText="The source servers are being read"
        variant="embedded"
        wrapLines
        enableKeyboardNavigation
        selectionType="multi"
        selectedItems={pages.items.filter(({ sourceServerId }) => ids.has(sourceServerId))}
        isItemDisabled={(server) => !ids.has(server.sourceServerId) && ownerOf(server, groupId) !== undefined}
        onSelectionChange={({ detail }) => select(detail.selectedItems)}
        ariaLabels={{
          tableLabel: "Source servers",
          selectionGroupLabel: "Choose servers",
          allItemsSelectionLabel: () => "Choose all servers of this page",
          itemSelectionLabel: (_, { hostname: name, sourceServerId }) => `Choose ${name || sourceServerId}`,
        }}
        header={
          <Header
            variant="h3"
            counter={`(${chosen.length} chosen)`}
            description="A server that another group lists cannot be chosen."
            actions={<Button iconName="refresh" ariaLabel="Read the servers again" onClick={pages.refresh} />}
          >
            Source servers
          </Header>
        }
        filter={
          <SpaceBetween direction="horizontal" size="m" alignItems="center">
            <TextFilter
              filteringText={hostname}
              filteringAriaLabel="Host name contains"
              filteringPlaceholder="Host name contains"
              onChange={({ detail }) => setHostname(detail.filteringText)}
            />
            <Checkbox checked={unprotectedOnly} onChange={({ detail }) => setUnprotectedOnly(detail.checked)}>
              In no group only
            </Checkbox>
          </SpaceBetween>
        }
        pagination={<Pagination {...pages.pagination} ariaLabels={paginationLabels("source server")} />}
        empty={<Box textAlign="center">No source server is there.</Box>}
      />
      <Chosen place={place} chosen={chosen} onChange={onChange} />
    </SpaceBetween>
  );
}

/** The other group that lists a server. */
export function ownerOf(server: Server, groupId: string | undefined): string | undefined {
  return server.protectionGroups.find((group) => group.by === "LIST" && group.groupId !== groupId)?.groupName;
}

function Chosen({ place, chosen, onChange }: Omit<ServerPickerProps, "groupId">) {
  const { known } = useSourceServers(place, chosen);
  const rows = chosen.map((id) => ({ id, hostname: known.get(id)?.hostname ?? "" }));
  return (
    <ExpandableSection headerText={`Chosen servers (${chosen.length})`}>
      <CollectionTable
        title="Chosen servers"
        noun="chosen server"
        headingLevel="h3"
        variant="embedded"
        items={rows}
        idOf={({ id }) => id}
        columns={[
          { id: "hostname", header: "Host name", isRowHeader: true, cell: (row) => row.hostname || row.id },
          { id: "id", header: "Source server", cell: (row) => row.id },
          {
            id: "remove",
            header: "Remove",
            cell: (row) => (
              <Button
                variant="inline-link"
                ariaLabel={`Remove ${row.hostname || row.id}`}
                onClick={() => onChange(chosen.filter((id) => id !== row.id))}
              >
                Remove
              </Button>
            ),
          },
        ]}
      />
    </ExpandableSection>
  );
}
