import type { ReactNode } from "react";
import type { Model } from "@/api/types";
import { Time } from "@/components/time";
import { count } from "@/text/amounts";
import { engineNow } from "@/text/clock";
import { EXECUTION, EXECUTION_TYPE, statusOf, TERMINATION } from "@/text/statuses";
import { duration, localTime } from "@/text/time";

/** What it was, how it ended, and how its recovery time and point compare with the plan's. */
export function ReportSummary({ execution }: { readonly execution: Model<"ExecutionView"> }) {
  const { termination, reason } = execution;
  const facts: readonly (readonly [string, ReactNode])[] = [
    ["Plan", `${execution.planName}, version ${execution.planVersion}`],
    ["Type", EXECUTION_TYPE[execution.executionType]],
    ["Outcome", `${statusOf(EXECUTION, execution.status).words}. ${execution.statusReason}`],
    ["Progress", `${execution.progress} %`],
    ["Recovery time (RTO)", rtoWords(execution.rto)],
    ["Data loss (RPO)", rpoWords(execution.rpo)],
    ["Size", `${count(execution.waveCount, "wave")}, ${count(execution.serverCount, "server")}`],
    ["Where", execution.targets.map(({ accountId, region }) => `${accountId} (${region})`).join(", ")],
    ["Started", <Time key="started" at={execution.startedAt} />],
    ["Ended", <Time key="ended" at={execution.endedAt} missing="Not yet" />],
    ["Started by", reason === "" ? execution.initiatedBy : `${execution.initiatedBy}: ${reason}`],
    ...(execution.overrideReason === undefined
      ? []
      : [["Started in spite of findings, because", execution.overrideReason] as const]),
    ...(execution.cancelledBy === undefined ? [] : [["Cancelled by", execution.cancelledBy] as const]),
    [
      "Termination",
      termination === undefined
        ? "The instances were not terminated."
        : `${statusOf(TERMINATION, termination.status).words}, asked for by ${termination.requestedBy}; ${termination.remainingCount} left`,
    ],
    ["Execution", execution.executionId],
    ["This report", `made ${localTime(engineNow())}`],
  ];
  return (
    <section>
      <h2>Summary</h2>
      <dl>
        {facts.map(([label, value]) => (
          <div key={label} style={{ display: "contents" }}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function rtoWords(rto: Model<"RecoveryTime">): string {
  const measured = `${duration(rto.actualSeconds)}${rto.isFinal ? "" : " so far"}, ${duration(rto.gateSeconds)} of it at gates`;
  return `${measured}; ${targetWords(rto.targetMinutes === undefined ? undefined : rto.targetMinutes * 60, rto.met)}`;
}

function rpoWords(rpo: Model<"AchievedRpo">): string {
  const measured = rpo.actualSeconds === undefined ? "not known" : duration(rpo.actualSeconds);
  const unknown = rpo.unknownCount === 0 ? "" : `, not known of ${count(rpo.unknownCount, "server")}`;
  return `${measured}${unknown}; ${targetWords(rpo.targetSeconds, rpo.met)}`;
}

function targetWords(seconds: number | undefined, met: boolean | undefined): string {
  if (seconds === undefined) return "the plan has no target";
  const verdict = met === undefined ? "not judged yet" : met ? "met" : "not met";
  return `target ${duration(seconds)}: ${verdict}`;
}
