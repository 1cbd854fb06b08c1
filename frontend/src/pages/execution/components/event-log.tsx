import type { TableProps } from "@cloudscape-design/components/table";
import type { Model } from "@/api/types";
import { EmbeddedTable } from "@/components/embedded-table";
import { Freshness } from "@/components/freshness";
import { Time } from "@/components/time";
import { useEvents } from "../hooks";
import { type Execution, isSettled } from "../waves";

type Event = Model<"ExecutionEvent">;

const COLUMNS: readonly TableProps.ColumnDefinition<Event>[] = [
  { id: "time", header: "Time", width: 210, minWidth: 190, cell: (event) => <Time at={event.time} /> },
  {
    id: "wave",
    header: "Wave",
    width: 90,
    cell: (event) => (event.waveNumber === undefined ? "-" : event.waveNumber + 1),
  },
  { id: "message", header: "What happened", minWidth: 260, isRowHeader: true, cell: (event) => event.message },
  { id: "actor", header: "Who", width: 200, minWidth: 150, cell: (event) => event.actor },
];

/** What happened, who did it and why, newest first. */
export function EventLog({ execution }: { readonly execution: Execution }) {
  const events = useEvents(execution.executionId, !isSettled(execution));
  return (
    <EmbeddedTable
      title="Event log"
      noun="event"
      description="Newest first."
      pages={events}
      columns={COLUMNS}
      idOf={({ time, step, index }) => `${time} ${step} ${index}`}
      actions={<Freshness readAt={events.readAt} error={events.error} onRefresh={events.refresh} />}
    />
  );
}
