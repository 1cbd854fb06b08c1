import type { Model } from "@/api/types";
import { ErrorNotice } from "@/components/error-notice";
import { Time } from "@/components/time";
import { GATE, statusOf } from "@/text/statuses";
import type { WholeList } from "../hooks";
import type { RowColumn } from "@/components/row-table";
import { ReportTable } from "./report-table";

type Event = Model<"ExecutionEvent">;
type Gate = Model<"GateView">;

/** What became of single servers is told with them. */
const LEFT_OUT: readonly Event["type"][] = ["SERVER_LAUNCH", "SERVER_HEALTH", "WAITING", "COMMAND_SENT"];

const EVENTS: readonly RowColumn<Event>[] = [
  { header: "Time", cell: ({ time }) => <Time at={time} /> },
  { header: "What happened", cell: ({ message }) => message },
  { header: "Who", cell: ({ actor }) => actor },
];

const KINDS: Readonly<Record<Model<"GateKind">, string>> = {
  APPROVAL: "Whether the wave may begin",
  FAILURE: "What becomes of the wave, which went wrong",
  PAUSE: "How long the execution is paused",
};

const GATES: readonly RowColumn<Gate>[] = [
  { header: "Wave", cell: ({ waveNumber }) => (waveNumber === undefined ? "All" : waveNumber + 1) },
  { header: "About", cell: ({ kind }) => KINDS[kind] },
  { header: "Asked", cell: ({ openedAt }) => <Time at={openedAt} /> },
  { header: "Decision", cell: ({ status }) => statusOf(GATE, status).words },
  { header: "By", cell: ({ decidedBy }) => decidedBy ?? "-" },
  { header: "Decided", cell: ({ decidedAt }) => <Time at={decidedAt} /> },
];

/** Who decided what at the gates. */
export function ReportDecisions({ gates }: { readonly gates: readonly Gate[] }) {
  return (
    <section>
      <h2>Decisions</h2>
      {gates.length === 0 ? (
        <p>No decision was asked for.</p>
      ) : (
        <ReportTable
          label="Decisions"
          rows={gates}
          idOf={({ scope, number }) => `${scope} ${number}`}
          columns={GATES}
        />
      )}
    </section>
  );
}

/** The course of the execution, oldest first. */
export function ReportEvents({ events }: { readonly events: WholeList<Event> }) {
  const rows = events.items.filter(({ type }) => !LEFT_OUT.includes(type));
  return (
    <section className="part" aria-busy={!events.isAll}>
      <h2>Course of events</h2>
      <ErrorNotice what="Not all events could be read" error={events.error} onRetry={events.retry} />
      <ReportTable
        label="Course of events"
        rows={rows}
        idOf={({ time, step, index }) => `${time} ${step} ${index}`}
        columns={EVENTS}
      />
    </section>
  );
}
