import { useMemo } from "react";
import { useEvery } from "@/api/use-every";
import type { Model } from "@/api/types";
import { FollowLink } from "@/components/follow-link";
import { usePermissions } from "@/permissions/permissions-context";
import { paths } from "@/routes/paths";

type Plan = Model<"RecoveryPlan">;

/** The plans that use each group; the API tells it of no group by itself. */
export function usePlansOfGroups() {
  const { may } = usePermissions();
  const read = useEvery("list_recovery_plans", {}, { enabled: may("list_recovery_plans") });
  const plans = read.data;
  const byGroup = useMemo(() => plansByGroup(plans ?? []), [plans]);
  return { byGroup, isKnown: plans !== undefined, error: read.error };
}

/** Which plans name a group in any wave. */
export function plansByGroup(plans: readonly Plan[]): ReadonlyMap<string, readonly Plan[]> {
  const found = new Map<string, Plan[]>();
  for (const plan of plans) {
    for (const groupId of new Set(plan.waves.flatMap(({ protectionGroupIds }) => protectionGroupIds))) {
      found.set(groupId, [...(found.get(groupId) ?? []), plan]);
    }
  }
  return found;
}

/** The plans that use a group, as links; at most three of them by name. */
export function UsedBy({ groupId }: { readonly groupId: string }) {
  const { byGroup, isKnown, error } = usePlansOfGroups();
  if (error !== null && !isKnown) return <>Could not be read</>;
  if (!isKnown) return <>…</>;
  const plans = byGroup.get(groupId) ?? [];
  if (plans.length === 0) return <>No plan</>;
  return (
    <>
      {plans.slice(0, 3).map(({ planId, planName }, position) => (
        <span key={planId}>
          {position > 0 && ", "}
          <FollowLink href={paths.plan(planId)}>{planName}</FollowLink>
        </span>
      ))}
      {plans.length > 3 && ` and ${plans.length - 3} more`}
    </>
  );
}
