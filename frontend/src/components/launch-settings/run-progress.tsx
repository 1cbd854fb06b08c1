import ProgressBar from "@cloudscape-design/components/progress-bar";
import { useEffect, useRef } from "react";
import type { Model } from "@/api/types";
import { Ago } from "@/components/ago";
import { useAnnounce } from "@/shell/announcer";
import { count } from "@/text/amounts";

type Run = Model<"LaunchConfigRunView">;

/** How far a run is, in one sentence. */
export function runWords(run: Run): string {
  const came = `${run.applied} changed, ${run.unchanged} as they should be, ${run.failed} failed`;
  if (run.status === "RUNNING") return `${run.done} of ${count(run.total, "server")}: ${came}`;
  const end = run.status === "COMPLETED" ? "Done" : "Given up";
  return `${end}: ${came}${run.reason === undefined ? "" : ` (${run.reason})`}`;
}

/** How far bringing the launch settings to DRS is; its end is read out. */
export function RunProgress({ run }: { readonly run: Run }) {
  const announce = useAnnounce();
  const seen = useRef(run.status);
  useEffect(() => {
    if (seen.current === "RUNNING" && run.status !== "RUNNING") announce(`Launch settings: ${runWords(run)}`);
    seen.current = run.status;
  }, [run, announce]);
  const isWell = run.status === "COMPLETED" && run.failed === 0;
  return (
    <ProgressBar
      label="Applying the launch settings"
      description={
        <>
          By {run.startedBy}, <Ago at={run.startedAt} />
        </>
      }
      value={run.total === 0 ? 100 : (run.done / run.total) * 100}
      status={run.status === "RUNNING" ? "in-progress" : isWell ? "success" : "error"}
      additionalInfo={run.status === "RUNNING" ? runWords(run) : undefined}
      resultText={runWords(run)}
    />
  );
}
