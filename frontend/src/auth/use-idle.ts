import { useEffect, useState } from "react";
import { idleState, type IdleState, lastInput } from "./idle-clock";

const INPUT = ["pointerdown", "keydown", "wheel", "touchstart", "input"] as const;
const WRITTEN_EVERY_MILLISECONDS = 1_000;
const LOOKED_EVERY_MILLISECONDS = 1_000;

/**
 * How the session stands, while `isWatched`; `onEnd` is told once when 45 minutes passed without input.
 *
 * Input is what a person does: keys, clicks, touches. Polling, renewed tokens and moving windows are none. Once a person
 * is warned only `stay` counts, so that nobody saves a session by chance without having read that it would end.
 */
export function useIdle(isWatched: boolean, onEnd: () => void): readonly [IdleState, () => void] {
  const [state, setState] = useState<IdleState>({ kind: "active" });
  useEffect(() => {
    if (!isWatched) return;
    const look = (): void => {
      const found = idleState(lastInput.read(), Date.now());
      setState((known) => (sameState(known, found) ? known : found));
      if (found.kind === "ended") {
        window.clearInterval(timer);
        onEnd();
      }
    };
    const note = (): void => {
      const now = Date.now();
      const last = lastInput.read();
      if (idleState(last, now).kind !== "active") look();
      else if (last === undefined || now - last >= WRITTEN_EVERY_MILLISECONDS) lastInput.write(now);
    };
    const timer = window.setInterval(look, LOOKED_EVERY_MILLISECONDS);
    for (const name of INPUT) window.addEventListener(name, note, { capture: true, passive: true });
    document.addEventListener("visibilitychange", look);
    look();
    return () => {
      window.clearInterval(timer);
      for (const name of INPUT) window.removeEventListener(name, note, { capture: true });
      document.removeEventListener("visibilitychange", look);
    };
  }, [isWatched, onEnd]);
  const stay = (): void => {
    lastInput.write(Date.now());
    setState({ kind: "active" });
  };
  return [state, stay] as const;
}

function sameState(one: IdleState, other: IdleState): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
