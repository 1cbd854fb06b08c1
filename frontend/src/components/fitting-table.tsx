import Box from "@cloudscape-design/components/box";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import { useIsNarrow } from "./use-is-narrow";

type Column<Row> = TableProps.ColumnDefinition<Row>;

/** A table that fits its window: on a phone each row is a card, every column below the other with its heading. */
export function FittingTable<Row>({ columnDefinitions, columnDisplay, ...table }: TableProps<Row>) {
  if (useIsNarrow()) {
    const shown = columnDefinitions.filter(({ id }) => !isHidden(id, columnDisplay));
    return <Table {...table} columnDefinitions={[card(shown)]} wrapLines resizableColumns={false} />;
  }
  return <Table {...table} columnDefinitions={columnDefinitions} columnDisplay={columnDisplay} />;
}

function isHidden(column: string | undefined, display: TableProps["columnDisplay"]): boolean {
  return display?.some((each) => each.id === column && "visible" in each && !each.visible) ?? false;
}

function card<Row>([first, ...others]: readonly Column<Row>[]): Column<Row> {
  return {
    id: "card",
    header: first?.header,
    sortingField: first?.sortingField,
    cell: (row) => (
      <>
        {first?.cell(row)}
        {others.map((column) => (
          <Line key={column.id} column={column} row={row} />
        ))}
      </>
    ),
  };
}

function Line<Row>({ column, row }: { readonly column: Column<Row>; readonly row: Row }) {
  const value = column.cell(row);
  if (value === "-" || value === "" || value === undefined) return null;
  return (
    <Box margin={{ top: "xxs" }}>
      <Box variant="awsui-key-label">{column.header}</Box>
      {value}
    </Box>
  );
}
