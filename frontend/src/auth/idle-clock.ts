/** After so long without input a session ends: 45 minutes. */
export const IDLE_MILLISECONDS = 45 * 60_000;
/** So long before the end a person is warned: 2 minutes. */
export const WARNING_MILLISECONDS = 2 * 60_000;

export type IdleState =
  { readonly kind: "active" } | { readonly kind: "warned"; readonly endsAt: number } | { kind: "ended" };

/**
 * How a session stands whose last input was at `lastInput`, in milliseconds since 1970; without one it has ended,
 * because nobody knows how long nobody was there. So has one whose last input lies in the future.
 */
export function idleState(lastInput: number | undefined, now: number): IdleState {
  if (lastInput === undefined || lastInput > now + IDLE_MILLISECONDS) return { kind: "ended" };
  const endsAt = lastInput + IDLE_MILLISECONDS;
  if (now >= endsAt) return { kind: "ended" };
  return now >= endsAt - WARNING_MILLISECONDS ? { kind: "warned", endsAt } : { kind: "active" };
}

const STORED = "drs-orchestration.last-input";

/** The last input in any tab of this browser, which a reload does not forget. */
export const lastInput = {
  read(): number | undefined {
    const found = Number(localStorage.getItem(STORED) ?? Number.NaN);
    return Number.isFinite(found) ? found : undefined;
  },
  write(at: number): void {
    localStorage.setItem(STORED, String(at));
  },
  forget(): void {
    localStorage.removeItem(STORED);
  },
};
