import SpaceBetween from "@cloudscape-design/components/space-between";
import { useOperation } from "@/api/use-operation";
import { CollectionTable } from "@/components/collection-table";
import { ErrorNotice } from "@/components/error-notice";
import { EXECUTION_COLUMNS } from "@/components/execution-columns";
import { FollowLink } from "@/components/follow-link";
import { paths } from "@/routes/paths";
import { EXECUTION } from "@/text/statuses";

const SHOWN = ["started", "type", "status", "progress", "duration", "initiatedBy"];

/** The newest executions of the plan. */
export function RecentExecutions({ planId }: { readonly planId: string }) {
  const read = useOperation(
    "list_executions",
    { query: { planId, limit: 10 } },
    { poll: (page) => (page?.items ?? []).some(({ status }) => !EXECUTION[status].isEnd) },
  );
  return (
    <SpaceBetween size="s">
      <ErrorNotice what="The executions could not be read" error={read.error} onRetry={() => void read.refetch()} />
      <CollectionTable
        title="Last executions"
        noun="execution"
        items={read.data?.items ?? []}
        columns={EXECUTION_COLUMNS.filter(({ id }) => SHOWN.includes(id ?? ""))}
        idOf={({ executionId }) => executionId}
        isLoading={read.isPending}
        isFiltered={false}
        actions={<FollowLink href={`${paths.executions}?planId=${planId}`}>All executions of this plan</FollowLink>}
        empty="The plan was never run."
      />
    </SpaceBetween>
  );
}
