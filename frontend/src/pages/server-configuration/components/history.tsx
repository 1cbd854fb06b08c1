import Box from "@cloudscape-design/components/box";
import Pagination from "@cloudscape-design/components/pagination";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Model } from "@/api/types";
import { usePages } from "@/api/use-pages";
import { ErrorNotice } from "@/components/error-notice";
import { FittingTable } from "@/components/fitting-table";
import { Differences } from "@/components/launch-settings/differences";
import { paginationLabels } from "@/components/pagination-labels";
import { Time } from "@/components/time";

const ACTIONS: Readonly<Record<Model<"ConfigAction">, string>> = {
  SETTINGS_CHANGED: "Settings changed",
  SETTINGS_REMOVED: "Settings removed",
  APPLIED: "Applied",
  REPAIRED: "Repaired",
  RESTORED: "Restored after an execution",
  GIVEN_UP: "Left as an execution had it",
  FAILED: "Not applied",
};

/** Who changed or applied the settings of a server, newest first. */
export function History({ groupId, serverId }: { readonly groupId: string; readonly serverId: string }) {
  const pages = usePages("get_server_config_history", { limit: 20 }, { path: { groupId, serverId } });
  return (
    <SpaceBetween size="m">
      <ErrorNotice what="The history could not be read" error={pages.error} onRetry={pages.refresh} />
      <FittingTable<Model<"ServerConfigEvent">>
        variant="embedded"
        items={pages.items}
        trackBy="eventId"
        loading={pages.isLoading}
        loadingText="The history is being read"
        wrapLines
        enableKeyboardNavigation
        ariaLabels={{ tableLabel: "History" }}
        pagination={<Pagination {...pages.pagination} ariaLabels={paginationLabels("event")} />}
        empty={<Box textAlign="center">Nothing has happened yet.</Box>}
        columnDefinitions={[
          { id: "at", header: "When", isRowHeader: true, cell: ({ at }) => <Time at={at} /> },
          { id: "actor", header: "Who", cell: ({ actor }) => actor },
          { id: "action", header: "What", cell: ({ action }) => ACTIONS[action] },
          {
            id: "details",
            header: "Details",
            cell: ({ reason, differences }) => (
              <>
                {reason}
                <Differences of={differences} />
              </>
            ),
          },
        ]}
      />
    </SpaceBetween>
  );
}
