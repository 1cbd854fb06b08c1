import { useMutation } from "@tanstack/react-query";
import { useApi } from "@/api/api-context";
import type { Answer } from "@/api/types";
import { useNotifications } from "@/shell/notifications";
import { count } from "@/text/amounts";

type Exported = Answer<"export_configuration">;

/** Saves all groups and plans as one document, its pages read one after the other. */
export function useExport() {
  const api = useApi();
  const { failed, succeeded } = useNotifications();
  return useMutation<Exported>({
    mutationFn: async () => {
      let { nextToken, ...whole } = await api.call("export_configuration", { query: {} });
      while (nextToken !== undefined) {
        const page: Exported = await api.call("export_configuration", { query: { nextToken } });
        whole = {
          ...whole,
          protectionGroups: [...whole.protectionGroups, ...page.protectionGroups],
          recoveryPlans: [...whole.recoveryPlans, ...page.recoveryPlans],
        };
        nextToken = page.nextToken;
      }
      return whole;
    },
    onSuccess: (document) => {
      save(`drs-orchestration-${document.exportedAt.replace(/[^\dTZ-]/g, "")}.json`, document);
      succeeded(
        `${count(document.protectionGroups.length, "group")} and ${count(document.recoveryPlans.length, "plan")} were exported.`,
      );
    },
    onError: (error) => failed("The configuration could not be exported", error),
  });
}

function save(name: string, exported: Exported): void {
  const address = URL.createObjectURL(new Blob([JSON.stringify(exported, null, 2)], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
