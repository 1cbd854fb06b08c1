import type { ReactNode } from "react";

export interface RowColumn<Row> {
  readonly header: string;
  readonly cell: (row: Row) => ReactNode;
}

export interface RowTableProps<Row> {
  readonly label: string;
  readonly rows: readonly Row[];
  readonly idOf: (row: Row) => string;
  readonly columns: readonly RowColumn<Row>[];
}

/** A table of HTML, for who looks and prints; how it looks says its class. */
export function RowTable<Row>({ look, label, rows, idOf, columns }: RowTableProps<Row> & { readonly look: string }) {
  return (
    // A region that scrolls must be reachable by keyboard.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- see above
    <div className={look} role="region" aria-label={label} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {columns.map(({ header }) => (
              <th key={header} scope="col">
                {header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={idOf(row)}>
              {columns.map(({ header, cell }) => (
                <td key={header} data-header={header}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
