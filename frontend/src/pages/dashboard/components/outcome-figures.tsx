import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import { count } from "@/text/amounts";
import { figuresOf } from "../figures";
import { useRecentExecutions } from "../hooks";
import { Section } from "./section";

/** How the newest executions went. */
export function OutcomeFigures() {
  const read = useRecentExecutions();
  const items = read.data?.items ?? [];
  const figures = figuresOf(items);
  const isAll = read.data?.nextToken === undefined;
  return (
    <Section
      title="Outcomes"
      description={isAll ? "Of all executions." : `Of the newest ${count(items.length, "execution")}.`}
      what="The executions"
      isLoading={read.isPending}
      error={read.error}
      readAt={read.dataUpdatedAt}
      onRefresh={() => void read.refetch()}
    >
      <KeyValuePairs
        columns={4}
        items={[
          { label: "Success rate", value: figures.successRate === undefined ? "-" : `${figures.successRate} %` },
          { label: "Completed", value: figures.completed },
          { label: "Partly completed", value: figures.partial },
          { label: "Failed or out of time", value: figures.notCompleted },
        ]}
      />
    </Section>
  );
}
