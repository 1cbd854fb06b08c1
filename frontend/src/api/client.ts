import { ApiError, apiErrorOf, SignedOutError, UnreachableError } from "./errors";
import { type OperationName, OPERATIONS } from "./generated/operations";
import type { Answer, Input } from "./types";

/** Who vouches for the caller: an ID token, made anew when asked to; none when nobody is signed in. */
export type TokenSource = (renewed: boolean) => Promise<string | undefined>;

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** The same key with the same input is the same call, however often it is made. */
  readonly idempotencyKey?: string;
}

/** The API's operations by their names. */
export interface ApiClient {
  call<Name extends OperationName>(name: Name, input: Input<Name>, options?: CallOptions): Promise<Answer<Name>>;
}

interface AnyInput {
  readonly path?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

/**
 * A client of the API at `endpoint`.
 *
 * A call ends with the operation's answer, or throws ApiError, UnreachableError or SignedOutError. One that is answered
 * with 401 is made once more with a new token; `onSignedOut` hears of it if that does not help.
 */
export function createApiClient(endpoint: string, token: TokenSource, onSignedOut: () => void): ApiClient {
  const send = async (name: OperationName, input: AnyInput, options: CallOptions, renewed: boolean) => {
    const bearer = await token(renewed);
    if (bearer === undefined) throw new SignedOutError("Nobody is signed in.");
    return fetchAnswer(endpoint, name, input, options, bearer);
  };
  const signedOut = (message: string): SignedOutError => {
    onSignedOut();
    return new SignedOutError(message);
  };
  return {
    async call<Name extends OperationName>(name: Name, input: Input<Name>, options: CallOptions = {}) {
      const asked = input as AnyInput;
      try {
        return (await send(name, asked, options, false)) as Answer<Name>;
      } catch (error) {
        if (error instanceof SignedOutError) throw signedOut(error.message);
        if (!isUnauthenticated(error)) throw error;
      }
      try {
        return (await send(name, asked, options, true)) as Answer<Name>;
      } catch (error) {
        if (error instanceof SignedOutError || isUnauthenticated(error)) throw signedOut("Your session has ended.");
        throw error;
      }
    },
  };
}

/** The address of an operation below the API's own. */
export function addressOf(name: OperationName, input: AnyInput): string {
  const path = OPERATIONS[name].path.replace(/{(\w+)}/g, (_, parameter: string) =>
    encodeURIComponent(textOf(input.path?.[parameter])),
  );
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(input.query ?? {})) {
    for (const each of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (each !== undefined && each !== "") query.append(key, textOf(each));
    }
  }
  const asked = query.toString();
  return asked === "" ? path : `${path}?${asked}`;
}

function textOf(value: unknown): string {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return String(value);
  throw new TypeError("a parameter of an operation is neither text nor number");
}

async function fetchAnswer(
  endpoint: string,
  name: OperationName,
  input: AnyInput,
  options: CallOptions,
  bearer: string,
): Promise<unknown> {
  const headers: Record<string, string> = { Authorization: `Bearer ${bearer}` };
  if (input.body !== undefined) headers["Content-Type"] = "application/json";
  if (options.idempotencyKey !== undefined) headers["Idempotency-Key"] = options.idempotencyKey;
  let answer: Response;
  try {
    answer = await fetch(endpoint + addressOf(name, input), {
      method: OPERATIONS[name].method,
      headers,
      body: input.body === undefined ? undefined : JSON.stringify(input.body),
      signal: options.signal,
      cache: "no-store",
      credentials: "omit",
    });
  } catch (error) {
    if (options.signal?.aborted === true) throw error;
    throw new UnreachableError("The API did not answer. Check the network; what you typed is still here.", {
      cause: error,
    });
  }
  const body = await bodyOf(answer);
  if (answer.ok) return body;
  throw apiErrorOf(answer.status, body, answer.headers.get("X-Request-Id") ?? "");
}

async function bodyOf(answer: Response): Promise<unknown> {
  const text = await answer.text();
  if (text === "") return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new UnreachableError(`The API's answer (${answer.status}) could not be read.`, { cause: error });
  }
}

function isUnauthenticated(error: unknown): boolean {
  return error instanceof ApiError && error.status === 401;
}
