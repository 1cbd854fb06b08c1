import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { ErrorNotice } from "@/components/error-notice";
import { StatusWords } from "@/components/status";
import { Time } from "@/components/time";
import { TERMINATION } from "@/text/statuses";
import { useTermination } from "../hooks";
import type { Execution } from "../waves";

/** How far the termination of the instances is, what is left of them, and why. */
export function Termination({ execution }: { readonly execution: Execution }) {
  const { termination } = execution;
  const report = useTermination(execution.executionId, termination !== undefined, termination?.status === "RUNNING");
  if (termination === undefined) return null;
  const now = report.data?.termination ?? termination;
  const gone = Math.max(0, now.foundCount - now.remainingCount);
  return (
    <Container header={<Header variant="h2">Termination of the instances</Header>}>
      <SpaceBetween size="m">
        <ErrorNotice
          what="How far it is could not be read"
          error={report.error}
          onRetry={() => void report.refetch()}
        />
        <KeyValuePairs
          columns={4}
          items={[
            {
              label: "Status",
              value: (
                <>
                  <StatusWords of={TERMINATION} name={now.status} />
                  <div>{now.statusReason}</div>
                </>
              ),
            },
            { label: "Gone", value: `${gone} of ${now.foundCount} found; ${now.remainingCount} left` },
            { label: "Left as they are", value: `${now.leftCount}, which had been there before` },
            {
              label: "Asked for",
              value: (
                <>
                  by {now.requestedBy}, <Time at={now.requestedAt} />
                </>
              ),
            },
            { label: "Ended", value: <Time at={now.endedAt} missing="Not yet" /> },
          ]}
        />
        {report.data !== undefined && report.data.left.length > 0 && (
          <ul aria-label="Instances that are left">
            {report.data.left.map((each) => (
              <li key={each.recoveryInstanceId}>
                {each.name} ({each.recoveryInstanceId}) in account {each.accountId} ({each.region}), after {each.tries}{" "}
                tries: {each.reason}
              </li>
            ))}
          </ul>
        )}
        {report.data !== undefined && report.data.unknown.length > 0 && (
          <ul aria-label="Where nobody could look">
            {report.data.unknown.map((each) => (
              <li key={`${each.accountId} ${each.region}`}>
                Account {each.accountId} ({each.region}) could not be asked: {each.reason}
              </li>
            ))}
          </ul>
        )}
      </SpaceBetween>
    </Container>
  );
}
