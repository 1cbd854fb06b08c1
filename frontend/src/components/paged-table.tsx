import Box from "@cloudscape-design/components/box";
import CollectionPreferences from "@cloudscape-design/components/collection-preferences";
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { TableProps } from "@cloudscape-design/components/table";
import type { ReactNode } from "react";
import type { Pages } from "@/api/use-pages";
import { ErrorNotice } from "./error-notice";
import { FittingTable } from "./fitting-table";
import { Freshness } from "./freshness";
import { paginationLabels } from "./pagination-labels";
import { type TablePreferences, useTablePreferences } from "./table-preferences";

export interface PagedTableProps<Row> {
  /** What is listed: "Protection groups"; also the name under which preferences are kept. */
  readonly title: string;
  /** What one of them is called: "protection group". */
  readonly noun: string;
  readonly pages: Pages<Row>;
  readonly columns: readonly TableProps.ColumnDefinition<Row>[];
  readonly idOf: (row: Row) => string;
  readonly nameOf: (row: Row) => string;
  readonly actions?: ReactNode;
  readonly filter?: ReactNode;
  /** What to say and offer where there is nothing. */
  readonly empty?: ReactNode;
  readonly selection?: {
    readonly type: "single" | "multi";
    readonly selected: readonly Row[];
    readonly onChange: (rows: Row[]) => void;
  };
}

const DEFAULTS: TablePreferences = { wrapLines: true, contentDensity: "comfortable" };

/**
 * A table of a list that the API pages. A refresh neither blanks it nor loses page, filter, scroll or selection.
 */
export function PagedTable<Row>(props: PagedTableProps<Row>) {
  const { title, noun, pages, columns, idOf, nameOf, actions, filter, empty, selection } = props;
  const [preferences, setPreferences] = useTablePreferences(title, {
    ...DEFAULTS,
    contentDisplay: columns.map(({ id }) => ({ id: id ?? "", visible: true })),
  });
  return (
    <SpaceBetween size="m">
      <ErrorNotice what={`The ${noun}s could not be read`} error={pages.error} onRetry={pages.refresh} />
      <FittingTable
        items={pages.items}
        columnDefinitions={columns}
        trackBy={idOf}
        loading={pages.isLoading}
        loadingText={`The ${noun}s are being read`}
        columnDisplay={preferences.contentDisplay}
        wrapLines={preferences.wrapLines}
        contentDensity={preferences.contentDensity}
        stripedRows={preferences.stripedRows}
        resizableColumns
        variant="full-page"
        stickyHeader
        enableKeyboardNavigation
        selectionType={selection?.type}
        selectedItems={selection?.selected}
        onSelectionChange={({ detail }) => selection?.onChange(detail.selectedItems)}
        ariaLabels={{
          tableLabel: title,
          selectionGroupLabel: `Choose ${noun}s`,
          allItemsSelectionLabel: () => `Choose all ${noun}s of this page`,
          itemSelectionLabel: (_, row) => `Choose ${nameOf(row)}`,
        }}
        header={
          <Header
            variant="awsui-h1-sticky"
            actions={
              <SpaceBetween direction="horizontal" size="xs" alignItems="center">
                <Freshness readAt={pages.readAt} error={pages.error} onRefresh={pages.refresh} />
                {actions}
              </SpaceBetween>
            }
          >
            {title}
          </Header>
        }
        filter={filter}
        pagination={<Pagination {...pages.pagination} ariaLabels={paginationLabels(noun)} />}
        preferences={
          <CollectionPreferences
            title="Preferences"
            preferences={preferences}
            onConfirm={({ detail }) => setPreferences(detail)}
            contentDensityPreference={{}}
            wrapLinesPreference={{}}
            stripedRowsPreference={{}}
            contentDisplayPreference={{
              options: columns.map(({ id, header }, position) => ({
                id: id ?? "",
                label: typeof header === "string" ? header : (id ?? ""),
                alwaysVisible: position === 0,
              })),
            }}
          />
        }
        empty={empty ?? <Box textAlign="center">There is no {noun}.</Box>}
      />
    </SpaceBetween>
  );
}
