import type { StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import type { TableProps } from "@cloudscape-design/components/table";
import type { Model } from "@/api/types";
import { FollowLink } from "@/components/follow-link";
import { Sign } from "@/components/sign";
import { paths } from "@/routes/paths";

type Outcome = "failed" | "created" | "updated" | "skipped";

/** What came of one thing of a document, or would. */
export interface ImportRow {
  readonly outcome: Outcome;
  readonly item: Model<"ImportedItem"> | Model<"FailedItem">;
}

const KIND: Readonly<Record<Model<"Kind">, string>> = {
  protectionGroup: "Protection group",
  recoveryPlan: "Recovery plan",
};
const WORDS: Readonly<Record<Outcome, { type: StatusIndicatorProps.Type; done: string; rehearsed: string }>> = {
  failed: { type: "error", done: "Not imported", rehearsed: "Would not be imported" },
  created: { type: "success", done: "Created", rehearsed: "Would be created" },
  updated: { type: "info", done: "Changed", rehearsed: "Would be changed" },
  skipped: { type: "stopped", done: "Left as it is", rehearsed: "Would be left as it is" },
};

/** Everything of a report, what failed first. */
export function rowsOf(report: Model<"ImportReport">): readonly ImportRow[] {
  return (["failed", "created", "updated", "skipped"] as const).flatMap((outcome) =>
    report[outcome].map((item) => ({ outcome, item })),
  );
}

export function importColumns(isDryRun: boolean): readonly TableProps.ColumnDefinition<ImportRow>[] {
  return [
    { id: "name", header: "Name", isRowHeader: true, minWidth: 180, cell: ({ item }) => <Name item={item} /> },
    { id: "kind", header: "Kind", minWidth: 130, cell: ({ item }) => KIND[item.kind] },
    {
      id: "outcome",
      header: "Outcome",
      minWidth: 220,
      cell: ({ outcome, item }) => {
        const { type, done, rehearsed } = WORDS[outcome];
        const words = isDryRun ? rehearsed : done;
        const warnings = "warnings" in item ? item.warnings.length : 0;
        return warnings === 0 ? (
          <Sign type={type}>{words}</Sign>
        ) : (
          <Sign type="warning">{`${words}, with a warning`}</Sign>
        );
      },
    },
    { id: "reasons", header: "Why", minWidth: 300, cell: ({ item }) => <Reasons item={item} /> },
  ];
}

function Name({ item }: { readonly item: ImportRow["item"] }) {
  const id = "id" in item ? item.id : undefined;
  const href = item.kind === "protectionGroup" ? paths.group : paths.plan;
  return (
    <>
      {id === undefined ? item.name : <FollowLink href={href(id)}>{item.name}</FollowLink>}
      <div>
        <small>{item.path}</small>
      </div>
    </>
  );
}

function Reasons({ item }: { readonly item: ImportRow["item"] }) {
  const isFailed = "reasons" in item;
  const told = isFailed ? item.reasons : item.warnings;
  const more = (isFailed ? item.moreReasons : item.moreWarnings) ?? 0;
  const isCascade = isFailed && item.code === "CASCADE_FAILURE";
  if (told.length === 0 && !isCascade) return <>-</>;
  return (
    <>
      {isCascade && <div>A group that it needs was not imported.</div>}
      {told.map(({ field, reason, code }, position) => (
        <div key={position}>
          {field.replace(`${item.path}.`, "")}: {reason} ({code})
        </div>
      ))}
      {more > 0 && <div>and {more} more</div>}
    </>
  );
}
