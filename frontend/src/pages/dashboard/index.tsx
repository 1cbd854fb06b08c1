import SpaceBetween from "@cloudscape-design/components/space-between";
import { Page } from "@/components/page";
import { usePermissions } from "@/permissions/permissions-context";
import { ActiveExecutions } from "./components/active-executions";
import { Capacity } from "./components/capacity";
import { OutcomeFigures } from "./components/outcome-figures";
import { PlanReadiness } from "./components/plan-readiness";
import { Replication } from "./components/replication";

const HELP = [
  "What waits for a decision comes first: open it, and approve or cancel.",
  "The success rate counts executions that are partly completed as ended, and not as successes.",
  "Readiness is asked anew for each plan of the page every five minutes: it says whether a recovery could start now.",
];

/** How things stand: what runs, how the last executions went, and whether a recovery could start now. */
export default function DashboardPage() {
  const { may } = usePermissions();
  return (
    <Page title="Dashboard" help={HELP}>
      <SpaceBetween size="l">
        {may("list_executions") && <ActiveExecutions />}
        {may("list_executions") && <OutcomeFigures />}
        {may("list_recovery_plans") && <PlanReadiness />}
        {may("get_source_server_inventory") && <Replication />}
        {may("get_all_capacity") && <Capacity />}
      </SpaceBetween>
    </Page>
  );
}
