import { useMemo, useState } from "react";
import type { Input, Model } from "@/api/types";
import { useChange } from "@/api/use-operation";
import { useAnnounce } from "@/shell/announcer";
import { useNotifications } from "@/shell/notifications";
import { count } from "@/text/amounts";
import { identifiersOf, readDocument, type ReadDocument, readMappings } from "./configuration-document";
import { MAPPED, type Mapped, mappingsOf, type MappingTexts, NO_TEXTS, withLinesFor } from "./mappings";

type Report = Model<"ImportReport">;

interface Typed {
  readonly text: string;
  readonly fileName: string | undefined;
  readonly texts: MappingTexts;
  readonly onConflict: Model<"OnConflict">;
}

const NOTHING: Typed = { text: "", fileName: undefined, texts: NO_TEXTS, onConflict: "skip" };

/** What an import makes old. */
const READS = ["list_protection_groups", "get_protection_group", "list_recovery_plans", "get_recovery_plan"] as const;

/** An import from choosing a document to its report. Nothing is written before a dry run of the same was seen. */
export function useImport() {
  const [typed, setTyped] = useState(NOTHING);
  const [rehearsed, setRehearsed] = useState<{ said: string; report: Report }>();
  const [imported, setImported] = useState<{ said: string; report: Report }>();
  const [mappingsFault, setMappingsFault] = useState<string>();
  const announce = useAnnounce();
  const { succeeded } = useNotifications();
  const read = useMemo(() => readOf(typed.text), [typed.text]);
  const { mappings, faults } = useMemo(() => mappingsOf(typed.texts), [typed.texts]);
  const said = useMemo(
    () => JSON.stringify([typed.text, mappings, typed.onConflict]),
    [typed.text, mappings, typed.onConflict],
  );
  const rehearsal = useChange("import_configuration", {
    onSuccess: (report) => announce(`The dry run has ended: ${summaryOf(report)}.`),
  });
  const real = useChange("import_configuration", {
    invalidates: READS,
    onSuccess: (report) => succeeded(`The import has ended: ${summaryOf(report)}.`),
  });
  const change = (part: Partial<Typed>): void => setTyped((known) => ({ ...known, ...part }));
  const bodyOf = (document: ReadDocument, dryRun: boolean): Input<"import_configuration">["body"] => ({
    ...document.document,
    mappings,
    onConflict: typed.onConflict,
    dryRun,
  });
  return {
    ...typed,
    ...read,
    mappings,
    faults,
    mappingsFault,
    rehearsal,
    real,
    /** The report of the dry run of exactly this; nothing if something was changed since. */
    report: rehearsed?.said === said ? rehearsed.report : undefined,
    isOutdated: rehearsed !== undefined && rehearsed.said !== said,
    outcome: imported?.said === said ? imported.report : undefined,
    isDirty: typed.text !== "" && imported?.said !== said,
    change,
    take: (text: string, fileName: string | undefined): void => {
      const brought = readOf(text).read?.mappings;
      change({ text, fileName, ...(brought !== undefined && { texts: brought }) });
    },
    takeMappings: (text: string): void => {
      try {
        change({ texts: readMappings(text) });
        setMappingsFault(undefined);
      } catch (error) {
        setMappingsFault(wordsOf(error));
      }
    },
    listIdentifiers: (): void => {
      if (read.read === undefined) return;
      const found = identifiersOf(read.read);
      const listed = MAPPED.map((kind: Mapped) => [kind, withLinesFor(typed.texts[kind], found[kind])]);
      change({ texts: Object.fromEntries(listed) as MappingTexts });
    },
    rehearse: (): void => {
      if (read.read === undefined) return;
      real.reset();
      rehearsal.mutate(
        { body: bodyOf(read.read, true) },
        { onSuccess: (report) => setRehearsed({ said, report }), onError: () => setRehearsed(undefined) },
      );
    },
    run: (onEnd: () => void): void => {
      if (read.read === undefined) return;
      real.mutate(
        { body: bodyOf(read.read, false) },
        {
          onSuccess: (report) => {
            setImported({ said, report });
            onEnd();
          },
        },
      );
    },
    startOver: (): void => {
      setTyped(NOTHING);
      setRehearsed(undefined);
      setImported(undefined);
      setMappingsFault(undefined);
      rehearsal.reset();
      real.reset();
    },
  };
}

export type Importing = ReturnType<typeof useImport>;

/** A report in one line. */
export function summaryOf({ dryRun, summary }: Report): string {
  const { created, updated, skipped, failed } = summary;
  const ahead = dryRun ? "would be " : "";
  return `${created} ${ahead}created, ${updated} ${ahead}changed, ${skipped} left as they are, ${failed} failed`;
}

/** What is created or changed, by kind: `3 groups and 1 plan`; nothing if nothing is. */
export function amountOf({ summary }: Report): string | undefined {
  const parts = [
    [summary.protectionGroups, "group"],
    [summary.recoveryPlans, "plan"],
  ] as const;
  const told = parts
    .map(([counts, noun]) => [counts.created + counts.updated, noun] as const)
    .filter(([number]) => number > 0);
  return told.length === 0 ? undefined : told.map(([number, noun]) => count(number, noun)).join(" and ");
}

function readOf(text: string): { readonly read?: ReadDocument; readonly fault?: string } {
  if (text.trim() === "") return {};
  try {
    return { read: readDocument(text) };
  } catch (error) {
    return { fault: wordsOf(error) };
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : "Nobody knows why.";
}
