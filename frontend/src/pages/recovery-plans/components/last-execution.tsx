import type { Model } from "@/api/types";
import { FollowLink } from "@/components/follow-link";
import { Sign } from "@/components/sign";
import { StatusWords } from "@/components/status";
import { Time } from "@/components/time";
import { paths } from "@/routes/paths";
import { EXECUTION, EXECUTION_TYPE } from "@/text/statuses";
import { duration } from "@/text/time";
import { useLastExecution, useMeasuredRto } from "../hooks";

/** How a plan stands: what its newest execution is doing, or how it ended. */
export function LastStatus({ planId }: { readonly planId: string }) {
  const { execution, isPending, error } = useLastExecution(planId);
  if (error !== null) return <Sign type="error">Could not be read: {error.message}</Sign>;
  if (isPending) return <Sign type="loading">Being read</Sign>;
  if (execution === undefined) return <Sign type="stopped">Never run</Sign>;
  return <StatusWords of={EXECUTION} name={execution.status} />;
}

/** Which execution of a plan was the last, and when it began. */
export function LastExecution({ planId }: { readonly planId: string }) {
  const { execution } = useLastExecution(planId);
  if (execution === undefined) return <>-</>;
  return (
    <>
      <FollowLink href={paths.execution(execution.executionId)}>{EXECUTION_TYPE[execution.executionType]}</FollowLink>{" "}
      <Time at={execution.startedAt} />
    </>
  );
}

/** What the last execution took, against what it may take. */
export function RtoWords({ plan }: { readonly plan: Model<"RecoveryPlan"> }) {
  const rto = useMeasuredRto(plan.planId);
  const actual = rto?.actualSeconds === undefined ? "-" : duration(rto.actualSeconds);
  const target = plan.rtoMinutes === undefined ? "none" : duration(plan.rtoMinutes * 60);
  const words = `${actual} / ${target}`;
  if (rto?.met === undefined) return <>{words}</>;
  return <Sign type={rto.met ? "success" : "warning"}>{words}</Sign>;
}
