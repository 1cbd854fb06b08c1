import { useQuery } from "@tanstack/react-query";
import { useApi } from "@/api/api-context";
import type { Model } from "@/api/types";

const AT_ONCE = 100;

/** All recovery plans by name, read page after page: to choose one of them. */
export function useAllPlans() {
  const api = useApi();
  return useQuery({
    queryKey: ["list_recovery_plans", "all"],
    staleTime: 60_000,
    queryFn: async ({ signal }) => {
      const plans: Model<"RecoveryPlan">[] = [];
      let nextToken: string | undefined;
      do {
        const page = await api.call("list_recovery_plans", { query: { limit: AT_ONCE, nextToken } }, { signal });
        plans.push(...page.items);
        nextToken = page.nextToken;
      } while (nextToken !== undefined);
      return plans;
    },
  });
}
