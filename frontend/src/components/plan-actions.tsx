import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";
import { useNavigate } from "react-router";
import type { Model } from "@/api/types";
import { Permitted } from "@/permissions/permitted";
import { paths } from "@/routes/paths";
import { usePlanExport } from "./plan-export";

interface PlanActionsProps {
  /** Which plan it is about; nothing while none is chosen. */
  readonly plan: Model<"RecoveryPlan"> | undefined;
  /** Buttons beside these. */
  readonly children?: ReactNode;
}

/** What can be done with a plan: run it as a drill or as a recovery, edit it, export it. */
export function PlanActions({ plan, children }: PlanActionsProps) {
  const navigate = useNavigate();
  const exporting = usePlanExport();
  const unavailable = plan === undefined ? "Choose a plan first." : undefined;
  const follow = (path: (planId: string) => string) => () => {
    if (plan !== undefined) void navigate(path(plan.planId));
  };
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <Permitted
        operation="start_execution"
        unavailable={unavailable}
        onClick={follow((planId) => paths.start(planId, "DRILL"))}
      >
        Run drill
      </Permitted>
      <Permitted
        operation="start_execution"
        unavailable={unavailable}
        onClick={follow((planId) => paths.start(planId, "RECOVERY"))}
      >
        Run recovery
      </Permitted>
      <Permitted operation="update_recovery_plan" unavailable={unavailable} onClick={follow(paths.editPlan)}>
        Edit
      </Permitted>
      <Permitted
        operation="export_configuration"
        unavailable={unavailable}
        loading={exporting.isPending}
        onClick={() => plan !== undefined && exporting.mutate(plan.planName)}
      >
        Export
      </Permitted>
      {children}
    </SpaceBetween>
  );
}
