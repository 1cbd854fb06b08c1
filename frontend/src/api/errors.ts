import type { components } from "./generated/schema";

type Envelopes = components["schemas"];

/** The codes of the contract. */
export type ErrorCode = Envelopes[
  | "ValidationError"
  | "AuthenticationError"
  | "AuthorizationError"
  | "NotFoundError"
  | "OperationNotFoundError"
  | "ConflictError"
  | "PreflightFailedError"
  | "QuotaExceededError"
  | "DrsServiceError"
  | "CrossAccountError"
  | "ExecutionError"
  | "ThrottledError"
  | "InternalError"]["error"];

export type ConflictReason = Envelopes["ConflictError"]["details"]["reason"];

/** A field that broke a rule; `field` is its JSON path below the request, as `waves[1].dependsOnWaves[0]`. */
export interface WrongField {
  readonly field: string;
  readonly reason: string;
  readonly code: string;
}

/** A call that the API answered with an error. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    readonly status: number,
    readonly code: ErrorCode,
    message: string,
    readonly details: Readonly<Record<string, unknown>>,
    readonly isRetryable: boolean,
    readonly requestId: string,
  ) {
    super(message);
  }

  /** The fields that broke a rule, if the call was refused for them. */
  get fields(): readonly WrongField[] {
    const listed: unknown = this.details.fields;
    return Array.isArray(listed) ? listed.filter(isWrongField) : [];
  }

  /** Why the present state does not allow it, if that is why. */
  get conflictReason(): ConflictReason | undefined {
    const reason: unknown = this.details.reason;
    return this.code === "CONFLICT_ERROR" && typeof reason === "string" ? (reason as ConflictReason) : undefined;
  }

  /** After how many seconds the call may be made again, if the API says so. */
  get retryAfterSeconds(): number | undefined {
    const seconds: unknown = this.details.retryAfterSeconds;
    return typeof seconds === "number" && seconds >= 0 ? seconds : undefined;
  }
}

/** Nobody knows whether the call arrived: there was no answer, or one that no server of ours gave. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";
}

/** Nobody is signed in any more; the call was not made, or refused for that. */
export class SignedOutError extends Error {
  override readonly name = "SignedOutError";
}

function isWrongField(found: unknown): found is WrongField {
  return typeof found === "object" && found !== null && "field" in found && "reason" in found;
}

/** Whether the thing was changed by somebody else since it was read. */
export function isVersionConflict(error: unknown): error is ApiError {
  return error instanceof ApiError && error.conflictReason === "VERSION_CONFLICT";
}

/** The error in the envelope of the contract; an answer without one comes from something between us and the API. */
export function apiErrorOf(status: number, body: unknown, requestId: string): ApiError | UnreachableError {
  if (typeof body === "object" && body !== null && "error" in body && "message" in body) {
    const said = body as Partial<Record<"error" | "message" | "requestId", string>> & { details?: object };
    return new ApiError(
      status,
      said.error as ErrorCode,
      String(said.message),
      { ...said.details },
      "retryable" in body && body.retryable === true,
      said.requestId ?? requestId,
    );
  }
  return new UnreachableError(`The API could not be asked: something before it answered with ${status}.`);
}
