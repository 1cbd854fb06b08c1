import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import ProgressBar from "@cloudscape-design/components/progress-bar";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";
import { FollowLink } from "@/components/follow-link";
import { StatusWords } from "@/components/status";
import { Time } from "@/components/time";
import { paths } from "@/routes/paths";
import { count } from "@/text/amounts";
import { EXECUTION } from "@/text/statuses";
import { launchedIn } from "../actions";
import { type Execution, placesWords } from "../waves";
import { Rpo, Rto } from "./objectives";

interface SummaryProps {
  readonly execution: Execution;
  /** How old all this is. */
  readonly freshness: ReactNode;
}

/** How the execution stands, in figures of the API alone. */
export function Summary({ execution, freshness }: SummaryProps) {
  return (
    <Container
      header={
        <Header variant="h2" actions={freshness}>
          How it stands
        </Header>
      }
    >
      <SpaceBetween size="m">
        <div>
          <StatusWords of={EXECUTION} name={execution.status} />
          <Box variant="p">{execution.statusReason}</Box>
        </div>
        <ProgressBar
          value={execution.progress}
          label="Progress"
          description={`${launchedIn(execution.waves)} of ${count(execution.serverCount, "server")} launched, in ${count(execution.waveCount, "wave")}`}
        />
        <KeyValuePairs
          columns={4}
          items={[
            { label: "Recovery time (RTO)", value: <Rto rto={execution.rto} /> },
            { label: "Data loss (RPO)", value: <Rpo rpo={execution.rpo} /> },
            { label: "Started", value: <Time at={execution.startedAt} /> },
            { label: "Ended", value: <Time at={execution.endedAt} missing="Not yet" /> },
            {
              label: "Plan",
              value: (
                <>
                  <FollowLink href={paths.plan(execution.planId)}>{execution.planName}</FollowLink>, version{" "}
                  {execution.planVersion}
                </>
              ),
            },
            { label: "Where", value: `In ${placesWords(execution.targets)}` },
            { label: "Started by", value: startedBy(execution) },
            {
              label: "Recovered to",
              value: execution.pointInTime === "" ? "-" : <PointInTime text={execution.pointInTime} />,
            },
            ...(execution.cancelledBy === undefined ? [] : [{ label: "Cancelled by", value: execution.cancelledBy }]),
            ...(execution.overrideReason === undefined
              ? []
              : [{ label: "Started in spite of findings, because", value: execution.overrideReason }]),
          ]}
        />
      </SpaceBetween>
    </Container>
  );
}

function startedBy({ initiatedBy, reason }: Execution): string {
  return reason === "" ? initiatedBy : `${initiatedBy}: ${reason}`;
}

/** An instant, or the API's word for the latest data. */
function PointInTime({ text }: { readonly text: string }) {
  return <Time at={text} missing={text.toLowerCase() === "latest" ? "The latest data" : text} />;
}
