import Alert from "@cloudscape-design/components/alert";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Model } from "@/api/types";
import { CollectionTable } from "@/components/collection-table";
import { count } from "@/text/amounts";
import { importColumns, type ImportRow, rowsOf } from "../table-config";
import { summaryOf } from "../use-import";

/** What an import did to each thing of its document, or would do. */
export function ImportReport({ report }: { readonly report: Model<"ImportReport"> }) {
  const { dryRun, partial, summary, unusedMappings } = report;
  const unused = unusedMappings.length + (report.moreUnusedMappings ?? 0);
  return (
    <SpaceBetween size="m">
      <Alert
        type={summary.failed > 0 ? "warning" : "success"}
        header={dryRun ? "What an import would do; nothing is written yet" : "What was imported"}
      >
        {summaryOf(report)}.
      </Alert>
      {partial && (
        <Alert type="info" header="The document goes on elsewhere">
          It is one page of an export. Import the page that follows it too.
        </Alert>
      )}
      {unused > 0 && (
        <ExpandableSection headerText={`${count(unused, "mapping")} met nothing in the document`}>
          <ul>
            {unusedMappings.map((path) => (
              <li key={path}>{path}</li>
            ))}
            {(report.moreUnusedMappings ?? 0) > 0 && <li>and {report.moreUnusedMappings} more</li>}
          </ul>
        </ExpandableSection>
      )}
      <CollectionTable<ImportRow>
        title={dryRun ? "Findings of the dry run" : "Result of the import"}
        noun="thing"
        headingLevel="h3"
        items={rowsOf(report)}
        columns={importColumns(dryRun)}
        idOf={({ item }) => item.path}
      />
    </SpaceBetween>
  );
}
