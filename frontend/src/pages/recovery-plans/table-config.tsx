import type { TableProps } from "@cloudscape-design/components/table";
import type { Model } from "@/api/types";
import { FollowLink } from "@/components/follow-link";
import { placesOfWaves } from "@/components/use-all-groups";
import { paths } from "@/routes/paths";
import { LastExecution, LastStatus, RtoWords } from "./components/last-execution";

type Plan = Model<"RecoveryPlan">;

/** The columns, with the groups from which the accounts and regions of a plan are known; none until they are read. */
export function columnsWith(
  groups: ReadonlyMap<string, Model<"ProtectionGroup">> | undefined,
): readonly TableProps.ColumnDefinition<Plan>[] {
  return [
    {
      id: "planName",
      header: "Name",
      isRowHeader: true,
      cell: (plan) => <FollowLink href={paths.plan(plan.planId)}>{plan.planName}</FollowLink>,
    },
    { id: "waves", header: "Waves", width: 90, cell: ({ waves }) => waves.length },
    {
      id: "places",
      header: "Accounts and regions",
      minWidth: 210,
      cell: ({ waves }) =>
        groups === undefined ? "-" : placesOfWaves(waves, groups).map((place) => <div key={place}>{place}</div>),
    },
    { id: "status", header: "Status", cell: ({ planId }) => <LastStatus planId={planId} /> },
    { id: "lastExecution", header: "Last execution", cell: ({ planId }) => <LastExecution planId={planId} /> },
    { id: "rto", header: "RTO actual / target", cell: (plan) => <RtoWords plan={plan} /> },
  ];
}
