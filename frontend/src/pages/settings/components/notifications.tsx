import SpaceBetween from "@cloudscape-design/components/space-between";
import type { TableProps } from "@cloudscape-design/components/table";
import { useNavigate } from "react-router";
import { useEvery } from "@/api/use-every";
import type { Model } from "@/api/types";
import { CollectionTable } from "@/components/collection-table";
import { ErrorNotice } from "@/components/error-notice";
import { FollowLink } from "@/components/follow-link";
import { Permitted } from "@/permissions/permitted";
import { paths } from "@/routes/paths";

type Plan = Model<"RecoveryPlan">;

/** Who gets the mails of which plan: an address belongs to a plan, and is changed with it. */
export function Notifications() {
  const navigate = useNavigate();
  const plans = useEvery("list_recovery_plans", {});
  const columns: readonly TableProps.ColumnDefinition<Plan>[] = [
    {
      id: "plan",
      header: "Recovery plan",
      isRowHeader: true,
      cell: ({ planId, planName }) => <FollowLink href={paths.plan(planId)}>{planName}</FollowLink>,
      sortingField: "planName",
    },
    {
      id: "address",
      header: "Mails go to",
      cell: ({ notificationEmail }) => notificationEmail ?? "No address of its own",
      sortingField: "notificationEmail",
    },
    {
      id: "do",
      header: "Do",
      cell: ({ planId, planName }) => (
        <Permitted
          operation="update_recovery_plan"
          variant="inline-link"
          ariaLabel={`Change the address of ${planName}`}
          onClick={() => void navigate(paths.editPlan(planId))}
        >
          Change
        </Permitted>
      ),
    },
  ];
  return (
    <SpaceBetween size="s">
      <ErrorNotice
        what="The recovery plans could not be read"
        error={plans.error}
        onRetry={() => void plans.refetch()}
      />
      <CollectionTable<Plan>
        title="Mails of recovery plans"
        noun="recovery plan"
        items={plans.data ?? []}
        columns={columns}
        idOf={({ planId }) => planId}
        isLoading={plans.isPending}
        description="A start, a pause, a decision that is waited for, and an end are told by mail. AWS asks each new address once to confirm, within 48 hours; until then it gets none."
      />
    </SpaceBetween>
  );
}
