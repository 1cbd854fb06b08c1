import type { PaginationProps } from "@cloudscape-design/components/pagination";

/** What a screen reader hears of the buttons below a table. */
export function paginationLabels(noun: string): PaginationProps.Labels {
  return {
    paginationLabel: `Pages of ${noun}s`,
    nextPageLabel: "Next page",
    previousPageLabel: "Previous page",
    pageLabel: (page) => `Page ${page}`,
  };
}
