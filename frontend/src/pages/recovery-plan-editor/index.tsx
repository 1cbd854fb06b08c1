import { useParams } from "react-router";
import { useOperation } from "@/api/use-operation";
import { ErrorNotice } from "@/components/error-notice";
import { Loading } from "@/components/loading";
import { Page } from "@/components/page";
import { PlanEditor } from "./components/plan-editor";

const HELP = [
  "An arrow says that a wave begins after another one has succeeded. Draw one from the right edge of a wave to the left edge of another; choose it and press Delete to remove it.",
  "Everything can be done in the form as well: the tab of a wave has its groups, its dependencies and its checks.",
  "As long as no wave names a dependency, the waves run in the order of their numbers.",
];

/** Makes a plan or changes one. */
export default function RecoveryPlanEditorPage() {
  const { planId } = useParams();
  return planId === undefined ? (
    <Page title="Create recovery plan" help={HELP}>
      <PlanEditor />
    </Page>
  ) : (
    <EditedPlan key={planId} planId={planId} />
  );
}

function EditedPlan({ planId }: { readonly planId: string }) {
  const read = useOperation("get_recovery_plan", { path: { planId } }, { staleMilliseconds: 0 });
  // What was remembered may be old, and whoever edits begins with the newest version.
  const plan = read.isFetchedAfterMount ? read.data : undefined;
  return (
    <Page title={plan === undefined ? "Edit recovery plan" : `Edit ${plan.planName}`} help={HELP}>
      <ErrorNotice what="The plan could not be read" error={read.error} onRetry={() => void read.refetch()} />
      {plan === undefined && read.error === null && <Loading />}
      {plan !== undefined && <PlanEditor plan={plan} />}
    </Page>
  );
}
