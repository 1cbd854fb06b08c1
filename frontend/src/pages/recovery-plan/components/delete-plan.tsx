import { useNavigate } from "react-router";
import type { Model } from "@/api/types";
import { useChange } from "@/api/use-operation";
import { ConfirmDialog } from "@/components/confirm-dialog";
import { paths } from "@/routes/paths";
import { useNotifications } from "@/shell/notifications";
import { count } from "@/text/amounts";

interface DeletePlanProps {
  readonly plan: Model<"RecoveryPlan">;
  readonly onDismiss: () => void;
}

/** Asks before a plan is deleted, and leaves its page once it is. */
export function DeletePlan({ plan, onDismiss }: DeletePlanProps) {
  const navigate = useNavigate();
  const { succeeded } = useNotifications();
  const deletion = useChange("delete_recovery_plan", {
    invalidates: ["list_recovery_plans"],
    onSuccess: () => {
      succeeded(`${plan.planName} was deleted.`);
      void navigate(paths.plans);
    },
  });
  return (
    <ConfirmDialog
      question={`Delete the plan ${plan.planName}?`}
      operation="delete_recovery_plan"
      verb="Delete 1 plan"
      isBusy={deletion.isPending}
      error={deletion.error}
      onConfirm={() => deletion.mutate({ path: { planId: plan.planId }, query: { version: plan.version } })}
      onDismiss={onDismiss}
    >
      {plan.planName} with its {count(plan.waves.length, "wave")} is deleted. Its past executions and its protection
      groups stay; no server is touched.
    </ConfirmDialog>
  );
}
