import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useNavigate } from "react-router";
import { Permitted } from "@/permissions/permitted";
import { paths } from "@/routes/paths";
import type { Action } from "../actions";
import { whyNotCancel, whyNotPause, whyNotResume, whyNotTerminate } from "../legality";
import type { Execution } from "../waves";

interface ExecutionButtonsProps {
  readonly execution: Execution;
  readonly onAsk: (action: Action) => void;
}

/** What may be done about the whole execution. */
export function ExecutionButtons({ execution, onAsk }: ExecutionButtonsProps) {
  const navigate = useNavigate();
  const report = paths.report(execution.executionId);
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <Permitted
        operation="pause_execution"
        unavailable={whyNotPause(execution)}
        onClick={() => onAsk({ kind: "pause" })}
      >
        Pause
      </Permitted>
      <Permitted
        operation="resume_execution"
        unavailable={whyNotResume(execution)}
        onClick={() => onAsk({ kind: "resume" })}
      >
        Resume
      </Permitted>
      <Permitted
        operation="cancel_execution"
        unavailable={whyNotCancel(execution)}
        onClick={() => onAsk({ kind: "cancel" })}
      >
        Cancel
      </Permitted>
      <Permitted
        operation="terminate_instances"
        unavailable={whyNotTerminate(execution)}
        onClick={() => onAsk({ kind: "terminate" })}
      >
        Terminate
      </Permitted>
      <Button
        href={report}
        onFollow={(event) => {
          event.preventDefault();
          void navigate(report);
        }}
      >
        Report
      </Button>
    </SpaceBetween>
  );
}
