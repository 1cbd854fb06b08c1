import Box from "@cloudscape-design/components/box";
import { RowTable, type RowTableProps } from "@/components/row-table";
import "./plain-table.css";

/** Some rows to look at. What Cloudscape's table can do more would be a quarter of what the dashboard loads. */
export function PlainTable<Row>({ empty, ...table }: RowTableProps<Row> & { readonly empty: string }) {
  if (table.rows.length === 0) return <Box color="text-status-inactive">{empty}</Box>;
  return <RowTable look="plain-table" {...table} />;
}
