import type { Model } from "@/api/types";

/** What a failed wave does to the rest of its plan, in words. */
export const FAILURE_POLICY: Readonly<Record<Model<"FailurePolicy">, string>> = {
  STOP: "Stop the execution",
  PAUSE: "Pause and ask",
  CONTINUE: "Go on",
};
