import { RowTable, type RowTableProps } from "@/components/row-table";

/** A plain table: it breaks over pages of paper, and repeats its heading on each. */
export function ReportTable<Row>(table: RowTableProps<Row>) {
  return <RowTable look="report-table" {...table} />;
}
