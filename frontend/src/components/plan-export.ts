import { useMutation } from "@tanstack/react-query";
import { useApi } from "@/api/api-context";
import type { Answer } from "@/api/types";
import { useNotifications } from "@/shell/notifications";

type Exported = Answer<"export_configuration">;

/** Saves one plan with the groups that its waves name, as a document that an import takes as it is. */
export function usePlanExport() {
  const api = useApi();
  const { failed, succeeded } = useNotifications();
  return useMutation<Exported, Error, string>({
    mutationFn: async (planName) => {
      const whole = await api.call("export_configuration", { query: {} });
      let { nextToken } = whole;
      while (nextToken !== undefined) {
        const page = await api.call("export_configuration", { query: { nextToken } });
        whole.protectionGroups.push(...page.protectionGroups);
        whole.recoveryPlans.push(...page.recoveryPlans);
        nextToken = page.nextToken;
      }
      return partFor(planName, whole);
    },
    onSuccess: (document, planName) => {
      saveAs(`${planName.replace(/[^\w.-]+/g, "-")}.json`, document);
      succeeded(`${planName} was exported with the groups of its waves.`);
    },
    onError: (error, planName) => failed(`${planName} could not be exported`, error),
  });
}

/** Of a whole configuration what belongs to one plan. */
export function partFor(planName: string, whole: Exported): Exported {
  const plans = whole.recoveryPlans.filter((plan) => plan.planName === planName);
  if (plans.length === 0) throw new Error(`The configuration that was exported has no plan called ${planName}.`);
  const named = new Set(plans.flatMap((plan) => listOf(plan.waves)).flatMap((wave) => groupsOf(wave)));
  return {
    ...whole,
    nextToken: undefined,
    recoveryPlans: plans,
    protectionGroups: whole.protectionGroups.filter(({ groupName }) => named.has(groupName)),
  };
}

function groupsOf(wave: unknown): unknown[] {
  return typeof wave === "object" && wave !== null && "protectionGroupNames" in wave
    ? listOf(wave.protectionGroupNames)
    : [];
}

function listOf(found: unknown): unknown[] {
  return Array.isArray(found) ? (found as unknown[]) : [];
}

function saveAs(name: string, document_: unknown): void {
  const address = URL.createObjectURL(new Blob([JSON.stringify(document_, null, 2)], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
