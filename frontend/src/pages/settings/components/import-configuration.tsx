import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import FileInput from "@cloudscape-design/components/file-input";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import { useState } from "react";
import type { Model } from "@/api/types";
import { ConfirmDialog } from "@/components/confirm-dialog";
import { ErrorNotice } from "@/components/error-notice";
import { Permitted } from "@/permissions/permitted";
import { count, enumeration } from "@/text/amounts";
import { placesOf } from "../configuration-document";
import { amountOf, type Importing } from "../use-import";
import { ImportReport } from "./import-report";
import { MappingFields, textOf } from "./mapping-fields";

/** Takes a configuration in: document, mappings, what it would do, and only then for real. */
export function ImportConfiguration({ importing }: { readonly importing: Importing }) {
  const [isAsking, setAsking] = useState(false);
  const { report, outcome, rehearsal, real } = importing;
  const shown = outcome ?? report;
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Groups first, then plans. A dry run shows what it would do before anything is written."
          actions={importing.text !== "" && <Button onClick={importing.startOver}>Start over</Button>}
        >
          Import
        </Header>
      }
    >
      <SpaceBetween size="l">
        <Source importing={importing} />
        <MappingFields importing={importing} />
        <FormField label="Groups and plans whose names exist already">
          <RadioGroup
            value={importing.onConflict}
            items={[
              { value: "skip", label: "Leave them as they are" },
              { value: "update", label: "Change them to what the document says" },
            ]}
            onChange={({ detail }) => importing.change({ onConflict: detail.value as Model<"OnConflict"> })}
          />
        </FormField>
        <SpaceBetween direction="horizontal" size="xs">
          <Permitted
            operation="import_configuration"
            variant={report === undefined ? "primary" : "normal"}
            loading={rehearsal.isPending}
            unavailable={whyNotRehearsed(importing)}
            onClick={importing.rehearse}
          >
            Dry run
          </Permitted>
          <Permitted
            operation="import_configuration"
            variant={report === undefined ? "normal" : "primary"}
            unavailable={whyNotImported(importing)}
            onClick={() => setAsking(true)}
          >
            Import
          </Permitted>
        </SpaceBetween>
        <ErrorNotice what="The dry run was refused" error={rehearsal.error} />
        {importing.isOutdated && (
          <Alert type="info">Something was changed since the dry run. Run it again to see what would happen now.</Alert>
        )}
        {shown !== undefined && <ImportReport report={shown} />}
        {isAsking && report !== undefined && (
          <Question importing={importing} report={report} error={real.error} onDismiss={() => setAsking(false)} />
        )}
      </SpaceBetween>
    </Container>
  );
}

function Source({ importing }: { readonly importing: Importing }) {
  const { text, fileName, read, fault } = importing;
  const [unread, setUnread] = useState<string>();
  const take = (file: File): void => {
    setUnread(undefined);
    textOf(file).then(
      (found) => importing.take(found, file.name),
      () => setUnread(`${file.name} could not be read by the browser.`),
    );
  };
  return (
    <SpaceBetween size="s">
      <FormField
        label="Document"
        description="What an export of this or another system has saved, as JSON."
        errorText={unread ?? fault}
      >
        <FileInput
          value={[]}
          accept="application/json,.json"
          ariaLabel="Choose a document"
          onChange={({ detail }) => {
            const [file] = detail.value;
            if (file !== undefined) take(file);
          }}
        >
          Choose a document
        </FileInput>
      </FormField>
      {read !== undefined && (
        <Box>
          {fileName ?? "The pasted document"}: {count(read.groups.length, "group")}, {count(read.plans.length, "plan")}
          {read.origin !== "" && `, ${read.origin}`}.{read.isPart && " It is one page of an export that goes on."}
        </Box>
      )}
      <ExpandableSection headerText="Paste it instead">
        <FormField stretch label="Document as text">
          <Textarea
            value={fileName === undefined ? text : ""}
            rows={6}
            spellcheck={false}
            onChange={({ detail }) => importing.take(detail.value, undefined)}
          />
        </FormField>
      </ExpandableSection>
    </SpaceBetween>
  );
}

interface QuestionProps {
  readonly importing: Importing;
  readonly report: Model<"ImportReport">;
  readonly error: unknown;
  readonly onDismiss: () => void;
}

function Question({ importing, report, error, onDismiss }: QuestionProps) {
  const amount = amountOf(report) ?? "nothing";
  const places = importing.read === undefined ? [] : placesOf(importing.read, importing.mappings.accounts);
  const { created, updated, failed } = report.summary;
  return (
    <ConfirmDialog
      question={`Import ${amount}?`}
      operation="import_configuration"
      verb={`Import ${amount}`}
      isBusy={importing.real.isPending}
      error={error}
      onConfirm={() => importing.run(onDismiss)}
      onDismiss={onDismiss}
    >
      {created} are created{updated > 0 && ` and ${updated} that exist are changed`}. The groups of the document are of{" "}
      {places.length === 0 ? "no account" : enumeration(places.slice(0, 10))}
      {places.length > 10 && ` and ${places.length - 10} more`}.
      {failed > 0 && ` ${failed} cannot be imported and are left out.`}
    </ConfirmDialog>
  );
}

function whyNotRehearsed({ read, fault, faults }: Importing): string | undefined {
  if (fault !== undefined) return "The document cannot be read.";
  if (read === undefined) return "Choose a document first.";
  return Object.keys(faults).length > 0 ? "A line of the mappings cannot be read." : undefined;
}

function whyNotImported(importing: Importing): string | undefined {
  const { report, outcome, rehearsal } = importing;
  if (rehearsal.isPending) return "The dry run is under way.";
  if (outcome !== undefined) return "This is imported.";
  if (report === undefined) return whyNotRehearsed(importing) ?? "Make a dry run first, to see what it would do.";
  return amountOf(report) === undefined ? "Nothing would be created or changed." : undefined;
}
