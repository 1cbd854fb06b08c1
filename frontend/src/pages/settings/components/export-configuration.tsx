import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import { Permitted } from "@/permissions/permitted";
import { useExport } from "../use-export";

/** Saves all groups and plans as a document that an import takes. */
export function ExportConfiguration() {
  const exporting = useExport();
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="All protection groups and recovery plans as one document, which an import takes as it is. Accounts, executions and settings are not in it."
          actions={
            <Permitted
              operation="export_configuration"
              loading={exporting.isPending}
              onClick={() => exporting.mutate()}
            >
              Export everything
            </Permitted>
          }
        >
          Export
        </Header>
      }
    />
  );
}
