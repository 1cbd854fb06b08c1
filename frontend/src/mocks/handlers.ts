import { delay, http, HttpResponse, type HttpHandler } from "msw";
import { type OperationName, OPERATIONS } from "@/api/generated/operations";
import type { Answer } from "@/api/types";
import contract from "../../../docs/api/openapi.json";

/** Where the API is while it is played. */
export const ENDPOINT = "/dev";

type Documented = Readonly<Record<string, { content?: Record<string, { example?: unknown }> }>>;
type Paths = Readonly<Record<string, Readonly<Record<string, { responses: Documented }>>>>;

/** The answer that the published contract gives as its example; an operation without one answers nothing. */
export function exampleOf<Name extends OperationName>(name: Name): Answer<Name> {
  const { path, method } = OPERATIONS[name];
  const responses = (contract.paths as unknown as Paths)[path]?.[method.toLowerCase()]?.responses ?? {};
  const success = Object.keys(responses).find((status) => status.startsWith("2")) ?? "";
  return structuredClone(responses[success]?.content?.["application/json"]?.example) as Answer<Name>;
}

/** Has an operation answer this, or what the function makes of the request. */
export function answers<Name extends OperationName>(
  name: Name,
  answer: Answer<Name> | ((request: Request) => Answer<Name> | Promise<Answer<Name>>),
): HttpHandler {
  return handler(name, async (request) => {
    const made = typeof answer === "function" ? await (answer as (request: Request) => unknown)(request) : answer;
    return made === undefined ? new HttpResponse(null, { status: 204 }) : HttpResponse.json(made as object);
  });
}

/** Has an operation be refused, in the envelope of the contract. */
export function refuses(name: OperationName, status: number, error: string, details: object = {}): HttpHandler {
  const body = { error, message: `Refused as ${error}`, details, retryable: status === 429, requestId: "request-1" };
  return handler(name, () => HttpResponse.json(body, { status }));
}

/** Has nobody answer an operation. */
export function isUnreachable(name: OperationName): HttpHandler {
  return handler(name, () => HttpResponse.error());
}

/** Lets an operation take its time before it answers. */
export function isSlow<Name extends OperationName>(
  name: Name,
  milliseconds: number,
  answer: Answer<Name>,
): HttpHandler {
  return handler(name, async () => {
    await delay(milliseconds);
    return HttpResponse.json(answer as object);
  });
}

/** The whole API as its contract's examples have it; a list has one page. One handler, for each costs every request. */
export function contractHandlers(): HttpHandler[] {
  return [
    http.all(`*${ENDPOINT}/*`, ({ request }) => {
      const name = operationOf(request);
      if (name === undefined) throw new Error(`no operation of the contract is ${request.method} ${request.url}`);
      const example: unknown = exampleOf(name);
      if (example === undefined) return new HttpResponse(null, { status: 204 });
      return HttpResponse.json(isPage(example) ? { ...example, nextToken: undefined } : (example as object));
    }),
  ];
}

/** The operation that a request calls: of those whose path it may be, the one that leaves least of it open. */
export function operationOf({ method, url }: Request): OperationName | undefined {
  const path = new URL(url).pathname.replace(ENDPOINT, "");
  return PATHS.find((each) => each.method === method && each.pattern.test(path))?.name;
}

const PATHS = (Object.keys(OPERATIONS) as OperationName[])
  .map((name) => {
    const { method, path } = OPERATIONS[name];
    const [head = "", ...rest] = path.split(/{\w+}/);
    return { name, method, pattern: new RegExp(`^${[head, ...rest].join("[^/]+")}$`), open: rest.length };
  })
  .sort((one, other) => one.open - other.open);

function isPage(found: unknown): found is { nextToken?: string } {
  return typeof found === "object" && found !== null && "nextToken" in found;
}

function handler(name: OperationName, resolve: (request: Request) => Response | Promise<Response>): HttpHandler {
  const { method, path } = OPERATIONS[name];
  const address = `*${ENDPOINT}${path.replace(/{(\w+)}/g, ":$1")}`;
  const verb = { GET: http.get, POST: http.post, PUT: http.put, DELETE: http.delete }[method];
  return verb(address, ({ request }) => resolve(request));
}
