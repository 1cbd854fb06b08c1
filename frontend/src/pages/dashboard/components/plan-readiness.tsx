import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Model } from "@/api/types";
import { useOperation } from "@/api/use-operation";
import { usePages } from "@/api/use-pages";
import { Ago } from "@/components/ago";
import { FollowLink } from "@/components/follow-link";
import { Sign } from "@/components/sign";
import { StatusWords } from "@/components/status";
import { paths } from "@/routes/paths";
import { count } from "@/text/amounts";
import { EXECUTION } from "@/text/statuses";
import { lastDrills } from "../figures";
import { useRecentExecutions } from "../hooks";
import type { RowColumn } from "@/components/row-table";
import { PlainTable } from "./plain-table";
import { Section } from "./section";

type Plan = Model<"RecoveryPlan">;

const PLANS_AT_ONCE = 10;
const READINESS_MILLISECONDS = 5 * 60_000;

/** Of each plan, whether a recovery could start now, and how old its last drill is. */
export function PlanReadiness() {
  const plans = usePages("list_recovery_plans", { limit: PLANS_AT_ONCE });
  const recent = useRecentExecutions();
  const drills = lastDrills(recent.data?.items ?? []);
  const { currentPageIndex, pagesCount, onChange } = plans.pagination;
  const goTo = (page: number): void => onChange({ detail: { currentPageIndex: page } });
  const columns: readonly RowColumn<Plan>[] = [
    { header: "Plan", cell: (plan) => <FollowLink href={paths.plan(plan.planId)}>{plan.planName}</FollowLink> },
    { header: "Recovery could start", cell: (plan) => <Readiness planId={plan.planId} /> },
    { header: "Last drill", cell: (plan) => <LastDrill drill={drills.get(plan.planId)} /> },
  ];
  return (
    <Section
      title="Readiness"
      description="Whether a recovery of each plan could start now, and how long ago it was drilled."
      what="The plans"
      isLoading={plans.isLoading}
      error={plans.error ?? recent.error}
      readAt={plans.readAt}
      onRefresh={plans.refresh}
    >
      <PlainTable
        label="Readiness"
        rows={plans.items}
        idOf={({ planId }) => planId}
        columns={columns}
        empty="There is no recovery plan yet."
      />
      {pagesCount > 1 && (
        <SpaceBetween direction="horizontal" size="xs">
          <Button disabled={currentPageIndex === 1} onClick={() => goTo(currentPageIndex - 1)}>
            Earlier plans
          </Button>
          <Button disabled={currentPageIndex === pagesCount} onClick={() => goTo(currentPageIndex + 1)}>
            More plans
          </Button>
        </SpaceBetween>
      )}
    </Section>
  );
}

function Readiness({ planId }: { readonly planId: string }) {
  const read = useOperation(
    "preflight_recovery_plan",
    { path: { planId }, query: { executionType: "RECOVERY" } },
    { staleMilliseconds: READINESS_MILLISECONDS },
  );
  if (read.error !== null) return <Sign type="error">Could not be checked: {read.error.message}</Sign>;
  if (read.data === undefined) return <Sign type="loading">Being checked</Sign>;
  const { canStart, findings, serverCount } = read.data;
  const bad = findings.filter(({ outcome }) => outcome !== "PASS").length;
  const found = bad === 0 ? "" : `, ${count(bad, "finding")}`;
  return (
    <Sign type={canStart ? (bad === 0 ? "success" : "warning") : "error"}>
      {canStart ? "Yes" : "No"}, {count(serverCount, "server")}
      {found}
    </Sign>
  );
}

function LastDrill({ drill }: { readonly drill: Model<"ExecutionSummary"> | undefined }) {
  if (drill === undefined) return <>None among the newest executions</>;
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <FollowLink href={paths.execution(drill.executionId)}>
        <Ago at={drill.startedAt} />
      </FollowLink>
      <StatusWords of={EXECUTION} name={drill.status} />
    </SpaceBetween>
  );
}
