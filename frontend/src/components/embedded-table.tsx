import Box from "@cloudscape-design/components/box";
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import type { TableProps } from "@cloudscape-design/components/table";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";
import type { Pages } from "@/api/use-pages";
import { ErrorNotice } from "./error-notice";
import { FittingTable } from "./fitting-table";
import { paginationLabels } from "./pagination-labels";

interface EmbeddedTableProps<Row> {
  readonly title: string;
  readonly noun: string;
  readonly pages: Pages<Row>;
  readonly columns: readonly TableProps.ColumnDefinition<Row>[];
  readonly idOf: (row: Row) => string;
  readonly description?: ReactNode;
  readonly actions?: ReactNode;
  readonly headingLevel?: "h2" | "h3";
  readonly variant?: TableProps.Variant;
  readonly empty?: ReactNode;
}

/** A list that the API pages, as a part of a page: one page of rows is in the document, and a refresh does not blank it. */
export function EmbeddedTable<Row>(props: EmbeddedTableProps<Row>) {
  const { title, noun, pages, columns, idOf, variant = "container", headingLevel = "h2" } = props;
  const { currentPageIndex, pagesCount } = pages.pagination;
  return (
    <SpaceBetween size="s">
      <ErrorNotice what={`The ${noun}s could not be read`} error={pages.error} onRetry={pages.refresh} />
      <FittingTable
        items={pages.items}
        columnDefinitions={columns}
        trackBy={idOf}
        loading={pages.isLoading}
        loadingText={`The ${noun}s are being read`}
        variant={variant}
        wrapLines
        enableKeyboardNavigation
        ariaLabels={{ tableLabel: title }}
        header={
          <Header variant={headingLevel} description={props.description} actions={props.actions}>
            {title}
          </Header>
        }
        pagination={
          pagesCount > 1 || currentPageIndex > 1 ? (
            <Pagination {...pages.pagination} ariaLabels={paginationLabels(noun)} />
          ) : undefined
        }
        empty={props.empty ?? <Box textAlign="center">There is no {noun}.</Box>}
      />
    </SpaceBetween>
  );
}
