import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useParams } from "react-router";
import type { Model } from "@/api/types";
import { useOperation } from "@/api/use-operation";
import { CollectionTable } from "@/components/collection-table";
import { ErrorNotice } from "@/components/error-notice";
import { Freshness } from "@/components/freshness";
import { Loading } from "@/components/loading";
import { Page } from "@/components/page";
import { PlanActions } from "@/components/plan-actions";
import { useAllGroups } from "@/components/use-all-groups";
import { WaveGraph } from "@/components/wave-graph/wave-graph";
import { Permitted } from "@/permissions/permitted";
import { count } from "@/text/amounts";
import { DeletePlan } from "./components/delete-plan";
import { PlanFacts } from "./components/plan-facts";
import { RecentExecutions } from "./components/recent-executions";
import { waveColumns } from "./table-config";

const HELP = [
  "An arrow says that a wave begins after another one has succeeded.",
  "Dashed arrows: no wave of the plan names a dependency, so the waves run in the order of their numbers.",
];

/** One plan: what it recovers, in which order, and how it went before. */
export default function RecoveryPlanPage() {
  const { planId = "" } = useParams();
  const [isDeleting, setIsDeleting] = useState(false);
  const read = useOperation("get_recovery_plan", { path: { planId } }, { poll: !isDeleting });
  const plan = read.data;
  return (
    <Page
      title={plan?.planName ?? "Recovery plan"}
      name={plan?.planName}
      description={plan?.description}
      help={HELP}
      actions={
        <SpaceBetween direction="horizontal" size="xs" alignItems="center">
          <Freshness readAt={read.dataUpdatedAt} error={read.error} onRefresh={() => void read.refetch()} />
          <PlanActions plan={plan}>
            <Permitted
              operation="delete_recovery_plan"
              unavailable={plan === undefined ? "The plan is not read yet." : undefined}
              onClick={() => setIsDeleting(true)}
            >
              Delete
            </Permitted>
          </PlanActions>
        </SpaceBetween>
      }
    >
      <SpaceBetween size="l">
        <ErrorNotice what="The plan could not be read" error={read.error} onRetry={() => void read.refetch()} />
        {read.isPending && <Loading />}
        {plan !== undefined && <ShownPlan plan={plan} />}
      </SpaceBetween>
      {isDeleting && plan !== undefined && <DeletePlan plan={plan} onDismiss={() => setIsDeleting(false)} />}
    </Page>
  );
}

function ShownPlan({ plan }: { readonly plan: Model<"RecoveryPlan"> }) {
  const groups = useAllGroups();
  const nameOf = (groupId: string): string => groups.data?.get(groupId)?.groupName ?? groupId;
  const wordsOf = (waveNumber: number): string => {
    const wave = plan.waves.find((each) => each.waveNumber === waveNumber);
    const pause = wave?.pauseBeforeWave === true ? "Pause, " : "";
    return pause + (wave?.protectionGroupIds ?? []).map(nameOf).join(", ");
  };
  return (
    <SpaceBetween size="l">
      <ErrorNotice what="The groups could not be read" error={groups.error} onRetry={() => void groups.refetch()} />
      <PlanFacts plan={plan} groups={groups.data} />
      <Container header={<Header variant="h2">Order of the waves</Header>}>
        <WaveGraph label="Order of the waves" waves={plan.waves} wordsOf={wordsOf} />
      </Container>
      <CollectionTable
        title="Waves"
        noun="wave"
        items={plan.waves}
        columns={waveColumns(plan.waves, nameOf)}
        idOf={({ waveNumber }) => String(waveNumber)}
        description={count(new Set(plan.waves.flatMap((wave) => wave.protectionGroupIds)).size, "protection group")}
      />
      <RecentExecutions planId={plan.planId} />
    </SpaceBetween>
  );
}
