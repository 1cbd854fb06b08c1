import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useSearchParams } from "react-router";
import type { Model } from "@/api/types";
import { usePages } from "@/api/use-pages";
import { CollectionTable } from "@/components/collection-table";
import { ErrorNotice } from "@/components/error-notice";
import { EXECUTION_COLUMNS } from "@/components/execution-columns";
import { PagedTable } from "@/components/paged-table";
import { useActiveExecutions } from "@/pages/dashboard/hooks";
import { EXECUTION } from "@/text/statuses";
import { DeleteExecutions } from "./components/delete-executions";
import { ExecutionFilters } from "./components/execution-filters";
import { filtersOf, queryOf, searchOf } from "./filters";

const OF_ACTIVE = ["started", "plan", "type", "status", "progress", "initiatedBy", "servers"];

/** What runs and waits now, and below it all executions, newest first, a page at a time. */
export default function ExecutionsPage() {
  const [search, setSearch] = useSearchParams();
  const [kept, setKept] = useState<readonly Model<"ExecutionSummary">[]>([]);
  const filters = filtersOf(search);
  const pages = usePages("list_executions", queryOf(filters), {
    poll: (page) => (page?.items ?? []).some(({ status }) => !EXECUTION[status].isEnd),
  });
  const shown = new Map(pages.items.map((each) => [each.executionId, each]));
  // What was chosen on another page stays as it was chosen, what is on this one is as it is now.
  const chosen = kept.map((each) => shown.get(each.executionId) ?? each);
  return (
    <SpaceBetween size="l">
      <ActiveExecutions />
      <PagedTable<Model<"ExecutionSummary">>
        title="Executions"
        noun="execution"
        pages={pages}
        columns={EXECUTION_COLUMNS}
        idOf={({ executionId }) => executionId}
        nameOf={({ planName, startedAt }) => `${planName}, ${startedAt}`}
        selection={{ type: "multi", selected: chosen, onChange: setKept }}
        actions={<DeleteExecutions chosen={chosen} onDeleted={() => setKept([])} onFailed={pages.refresh} />}
        filter={<ExecutionFilters filters={filters} onChange={(chosen) => setSearch(searchOf(chosen))} />}
        empty={search.size === 0 ? "Nothing was ever run." : "No execution is like that."}
      />
    </SpaceBetween>
  );
}

function ActiveExecutions() {
  const { executions, isLoading, error, refresh } = useActiveExecutions();
  return (
    <SpaceBetween size="s">
      <ErrorNotice what="The active executions could not be read" error={error} onRetry={refresh} />
      <CollectionTable
        title="Active"
        noun="active execution"
        items={executions}
        columns={EXECUTION_COLUMNS.filter(({ id }) => OF_ACTIVE.includes(id ?? ""))}
        idOf={({ executionId }) => executionId}
        isLoading={isLoading}
        isFiltered={false}
        empty="Nothing runs and nothing waits."
      />
    </SpaceBetween>
  );
}
