import { answers, exampleOf } from "../handlers";

/** One execution that waits for a decision and one that runs; the contract's example would be in every status at once. */
export default [
  answers("list_executions", (request) => {
    const status = new URL(request.url).searchParams.get("status");
    const [example] = exampleOf("list_executions").items;
    if (example === undefined) return { items: [] };
    const all = [
      { ...example, executionId: "exec-waits", status: "PAUSED" as const, statusReason: "Wave 2 waits for approval" },
      { ...example, executionId: "exec-runs", status: "RUNNING" as const, statusReason: "Wave 1 is being launched" },
      { ...example, executionId: "exec-ended", status: "PARTIAL" as const, progress: 100 },
    ];
    return { items: all.filter((each) => status === null || each.status === status) };
  }),
];
