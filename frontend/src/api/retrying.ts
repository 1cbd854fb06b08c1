import { ApiError, SignedOutError, UnreachableError } from "./errors";

const MOST_RETRIES = 3;
const LONGEST_MILLISECONDS = 30_000;

/** Whether a read is worth another try: no answer, or an error that the API itself calls retryable. */
export function isWorthRetrying(failures: number, error: unknown): boolean {
  if (failures >= MOST_RETRIES || error instanceof SignedOutError) return false;
  return error instanceof UnreachableError || (error instanceof ApiError && error.isRetryable);
}

/** Milliseconds before the next try: what the API asks for, or else 1, 2, 4 … seconds. */
export function retryDelay(failures: number, error: unknown): number {
  const asked = error instanceof ApiError ? error.retryAfterSeconds : undefined;
  return Math.min(asked === undefined ? 1000 * 2 ** failures : asked * 1000, LONGEST_MILLISECONDS);
}

export const ACTIVE_MILLISECONDS = 5_000;
export const IDLE_MILLISECONDS = 30_000;

/** Milliseconds until a list is read anew: soon while something is active, and ever later while reading fails. */
export function pollingDelay(isActive: boolean, failures: number): number {
  const usual = isActive ? ACTIVE_MILLISECONDS : IDLE_MILLISECONDS;
  return Math.min(usual * 2 ** Math.min(failures, 5), Math.max(usual, 2 * 60_000));
}
