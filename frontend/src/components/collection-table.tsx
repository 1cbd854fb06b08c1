import { useCollection } from "@cloudscape-design/collection-hooks";
import Box from "@cloudscape-design/components/box";
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import type { TableProps } from "@cloudscape-design/components/table";
import TextFilter from "@cloudscape-design/components/text-filter";
import type { ReactNode } from "react";
import { count } from "@/text/amounts";
import { FittingTable } from "./fitting-table";
import { paginationLabels } from "./pagination-labels";

export interface CollectionTableProps<Row> {
  readonly title: string;
  readonly noun: string;
  readonly items: readonly Row[];
  readonly columns: readonly TableProps.ColumnDefinition<Row>[];
  readonly idOf: (row: Row) => string;
  readonly isLoading?: boolean;
  readonly pageSize?: number;
  readonly description?: ReactNode;
  readonly actions?: ReactNode;
  readonly headingLevel?: "h2" | "h3";
  readonly variant?: TableProps.Variant;
  readonly empty?: ReactNode;
  /** A text filter above the rows; off where there are never many. */
  readonly isFiltered?: boolean;
}

/** A table whose rows are all here: filtered, sorted and paged in the browser, a page of rows at a time in the document. */
export function CollectionTable<Row>(props: CollectionTableProps<Row>) {
  const { title, noun, items, columns, idOf, pageSize = 20, isFiltered = true } = props;
  const nothing = props.empty ?? <Box textAlign="center">There is no {noun}.</Box>;
  const collection = useCollection(items, {
    filtering: { empty: nothing, noMatch: <Box textAlign="center">No {noun} matches.</Box> },
    pagination: { pageSize },
    sorting: {},
    selection: { keepSelection: true, trackBy: idOf },
  });
  const matching = collection.filteredItemsCount ?? items.length;
  return (
    <FittingTable
      {...collection.collectionProps}
      items={collection.items}
      selectedItems={undefined}
      onSelectionChange={undefined}
      columnDefinitions={columns}
      trackBy={idOf}
      loading={props.isLoading}
      loadingText={`The ${noun}s are being read`}
      variant={props.variant ?? "container"}
      wrapLines
      enableKeyboardNavigation
      ariaLabels={{ tableLabel: title }}
      header={
        <Header
          variant={props.headingLevel ?? "h2"}
          counter={`(${items.length})`}
          description={props.description}
          actions={props.actions}
        >
          {title}
        </Header>
      }
      filter={
        isFiltered ? (
          <TextFilter
            {...collection.filterProps}
            filteringAriaLabel={`Filter ${noun}s`}
            filteringPlaceholder={`Find ${noun}s`}
            countText={count(matching, "match", "matches")}
          />
        ) : undefined
      }
      pagination={
        items.length > pageSize ? (
          <Pagination {...collection.paginationProps} ariaLabels={paginationLabels(noun)} />
        ) : undefined
      }
    />
  );
}
