import Box from "@cloudscape-design/components/box";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { usePages } from "@/api/use-pages";
import { EmbeddedTable } from "@/components/embedded-table";
import { FindingList } from "@/components/finding-list";
import { Freshness } from "@/components/freshness";
import { UnreadPlaces } from "@/components/unread-places";
import { EXISTING_COLUMNS } from "../table-config";

/** The recovery instances that the servers of a plan have already; each look goes into every account, so there is one at a time. */
export function ExistingInstances({ planId }: { readonly planId: string }) {
  const pages = usePages(
    "check_existing_instances",
    { limit: 50 },
    { path: { planId }, poll: false, staleMilliseconds: 60_000 },
  );
  const unread = pages.page?.unread ?? [];
  const findings = pages.page?.findings ?? [];
  const isWhole = unread.length === 0 && findings.length === 0;
  return (
    <SpaceBetween size="s">
      <UnreadPlaces places={unread} />
      <FindingList findings={findings} />
      <EmbeddedTable
        title="Instances that the servers have now"
        noun="instance"
        pages={pages}
        columns={EXISTING_COLUMNS}
        idOf={({ accountId, region, recoveryInstanceId }) => `${accountId} ${region} ${recoveryInstanceId}`}
        description="Recovery instances of whatever execution. What a start would end of them is among the findings."
        actions={<Freshness readAt={pages.readAt} error={pages.error} onRefresh={pages.refresh} />}
        empty={
          <Box textAlign="center">
            {isWhole ? "No server of the plan has a recovery instance." : "None is known of where it could be asked."}
          </Box>
        }
      />
    </SpaceBetween>
  );
}
