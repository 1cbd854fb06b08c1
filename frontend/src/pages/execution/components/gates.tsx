import Alert from "@cloudscape-design/components/alert";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { Ago } from "@/components/ago";
import { Permitted } from "@/permissions/permitted";
import { count } from "@/text/amounts";
import { type Action, aboutGate } from "../actions";
import { whyNotCancel, whyNotRetry, whyNotSkip } from "../legality";
import type { Decided } from "../use-decided";
import { type Execution, type Gate, openGates, waveOf, waveTitle } from "../waves";

interface GatesProps {
  readonly execution: Execution;
  readonly onAsk: (action: Action) => void;
  readonly whyNotAgain: Decided["whyNotAgain"];
}

/** What waits for a person, and what the person may decide. */
export function Gates({ execution, onAsk, whyNotAgain }: GatesProps) {
  const gates = openGates(execution);
  if (gates.length === 0) return null;
  return (
    <SpaceBetween size="s">
      {gates.map((gate) => (
        <Alert
          key={`${gate.scope}-${gate.number}`}
          type="warning"
          header={headingOf(execution, gate)}
          action={<Decisions execution={execution} gate={gate} onAsk={onAsk} whyNotAgain={whyNotAgain} />}
        >
          {gate.reason !== "" && <div>{gate.reason}</div>}
          <div>
            Asked <Ago at={gate.openedAt} />. If nobody decides, the execution ends <Ago at={gate.expiresAt} />.
          </div>
        </Alert>
      ))}
    </SpaceBetween>
  );
}

function Decisions({ execution, gate, onAsk, whyNotAgain }: GatesProps & { readonly gate: Gate }) {
  const wave = waveOf(execution, gate);
  if (wave === undefined) {
    return (
      <Permitted operation="resume_execution" variant="primary" onClick={() => onAsk({ kind: "resume" })}>
        Resume the execution
      </Permitted>
    );
  }
  const ask = (kind: "approve" | "reject") => () => {
    const action = aboutGate(kind, execution, gate);
    if (action !== undefined) onAsk(action);
  };
  const again = whyNotAgain(gate);
  const isFailure = gate.kind === "FAILURE";
  return (
    <SpaceBetween direction="horizontal" size="xs">
      {isFailure && (
        <Permitted
          operation="retry_wave"
          variant="primary"
          unavailable={again ?? whyNotRetry(execution, wave)}
          onClick={() => onAsk({ kind: "retry", wave, gate })}
        >
          Retry
        </Permitted>
      )}
      <Permitted
        operation="resume_execution"
        unavailable={again}
        variant={isFailure ? "normal" : "primary"}
        onClick={ask("approve")}
      >
        {isFailure ? "Go on without what failed" : "Approve"}
      </Permitted>
      <Permitted
        operation="skip_wave"
        unavailable={again ?? whyNotSkip(execution, wave)}
        onClick={() => onAsk({ kind: "skip", wave, gate })}
      >
        Skip the wave
      </Permitted>
      {!isFailure && (
        <Permitted operation="cancel_execution" unavailable={again ?? whyNotCancel(execution)} onClick={ask("reject")}>
          Reject
        </Permitted>
      )}
    </SpaceBetween>
  );
}

function headingOf(execution: Execution, gate: Gate): string {
  const wave = waveOf(execution, gate);
  if (wave === undefined) return "The execution is paused: nothing is launched until somebody resumes it";
  if (gate.kind === "FAILURE") {
    return `${waveTitle(wave)} went wrong: ${wave.failedCount} of ${count(wave.serverCount, "server")} failed`;
  }
  return `${waveTitle(wave)} waits for approval, with ${count(wave.serverCount, "server")}`;
}
