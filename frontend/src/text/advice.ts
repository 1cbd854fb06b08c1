import { ApiError, type ConflictReason, type ErrorCode, SignedOutError, UnreachableError } from "@/api/errors";
import { duration } from "./time";

const AGAIN = "Try again. If it stays, tell whoever runs this system which request it was.";

const ADVICE: Readonly<Record<Exclude<ErrorCode, "CONFLICT_ERROR">, string>> = {
  VALIDATION_ERROR: "Put right what is named, then try again.",
  AUTHENTICATION_ERROR: "Sign in again, then send it once more.",
  AUTHORIZATION_ERROR: "Ask an administrator for a role that may, and sign in again once you have it.",
  RESOURCE_NOT_FOUND: "Somebody may have deleted it. Look at the list.",
  OPERATION_NOT_FOUND: "Load the console anew: it may be older than the API.",
  PREFLIGHT_FAILED: "Put right what was found, or override it where that is possible.",
  QUOTA_EXCEEDED: "Need less of it, or have AWS raise the quota.",
  DRS_SERVICE_ERROR: "Try again once what AWS says is put right.",
  CROSS_ACCOUNT_ERROR: "Validate the account: its page says what to put right.",
  EXECUTION_ERROR: AGAIN,
  THROTTLED: "Try again in a moment.",
  INTERNAL_ERROR: AGAIN,
};

const OF_CONFLICT: Readonly<Record<ConflictReason, string>> = {
  NAME_EXISTS: "Choose another one.",
  SERVER_CONFLICT: "Wait until the servers are free, or take them out where they are.",
  TAG_CONFLICT: "Choose other tags.",
  VERSION_CONFLICT: "Look at what is stored now, then do it again.",
  IN_USE: "Take it out of what uses it first.",
  ACTIVE_EXECUTION: "Wait until the execution has ended, or cancel it.",
  INVALID_STATE: "Look at how it stands now: somebody may have been faster.",
  SYNC_IN_PROGRESS: "Wait until the launch settings are applied, then try again.",
};

const TOO_LARGE = 413;

/** What a person does about an error; nothing if nobody knows. */
export function adviceOn(error: unknown): string | undefined {
  if (error instanceof SignedOutError) return "Sign in again, then send it once more.";
  if (error instanceof UnreachableError) return "Try again: nothing is done twice by that.";
  if (!(error instanceof ApiError)) return undefined;
  if (error.status === TOO_LARGE) return "Make it smaller, or send less at once.";
  if (error.retryAfterSeconds !== undefined) return `Try again in ${duration(error.retryAfterSeconds)}.`;
  return error.conflictReason === undefined
    ? ADVICE[error.code as keyof typeof ADVICE]
    : OF_CONFLICT[error.conflictReason];
}
