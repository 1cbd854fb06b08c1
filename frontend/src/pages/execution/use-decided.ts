import { useState } from "react";
import { useNow } from "@/components/use-now";
import type { Action } from "./actions";
import type { Reason } from "./legality";
import type { Gate } from "./waves";

const TAKEN_UP_MILLISECONDS = 30_000;

/** The decisions of this person that the API has stored, and that the engine takes up within seconds. */
export interface Decided {
  readonly remember: (action: Action) => void;
  /** Why a gate that is still open is not to be decided once more. */
  readonly whyNotAgain: (gate: Gate) => Reason;
}

/** Remembers them until the gate closes, or for as long as that may take. */
export function useDecided(): Decided {
  const now = useNow(5_000).getTime();
  const [known, setKnown] = useState<Readonly<Record<string, number>>>({});
  return {
    remember: (action) => {
      const key = "gate" in action && action.gate !== undefined ? keyOf(action.gate) : undefined;
      if (key !== undefined) setKnown((before) => ({ ...before, [key]: Date.now() }));
    },
    whyNotAgain: (gate) => {
      const at = known[keyOf(gate)];
      const isRecent = at !== undefined && now - at < TAKEN_UP_MILLISECONDS;
      return isRecent ? "Your decision is stored, and taken up within seconds." : undefined;
    },
  };
}

function keyOf({ scope, number }: Gate): string {
  return `${scope} ${number}`;
}
