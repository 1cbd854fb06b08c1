import { describe, expect, it, vi } from "vitest";
import { http, HttpResponse } from "msw";
import { answers, exampleOf, isUnreachable, refuses } from "@/mocks/handlers";
import { server } from "@/testing/server";
import { CONFIG } from "@/testing/render-console";
import { addressOf, createApiClient } from "./client";
import { ApiError, SignedOutError, UnreachableError } from "./errors";

const GROUPS = "list_protection_groups";

function client(token: () => string | undefined = () => "a-token") {
  const onSignedOut = vi.fn();
  const source = vi.fn((_renewed: boolean) => Promise.resolve(token()));
  return { api: createApiClient(CONFIG.apiEndpoint, source, onSignedOut), onSignedOut, source };
}

async function failureOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe("a call", () => {
  it("goes to the operation's route with its parameters", () => {
    const input = { path: { groupId: "a/b", serverId: "s-1" }, query: { limit: 5, nextToken: undefined } };
    expect(addressOf("get_server_config_history", input)).toBe(
      "/protection-groups/a%2Fb/servers/s-1/audit-log?limit=5",
    );
  });
  it("carries the token, and the key of a change", async () => {
    const seen: (string | null)[] = [];
    server.use(
      answers("create_protection_group", (request) => {
        seen.push(request.headers.get("Authorization"), request.headers.get("Idempotency-Key"));
        return exampleOf("create_protection_group");
      }),
    );
    const body = { groupName: "Databases", accountId: "111122223333", region: "us-west-2", sourceServerIds: ["s-1"] };
    await client().api.call("create_protection_group", { body }, { idempotencyKey: "once" });
    expect(seen).toEqual(["Bearer a-token", "once"]);
  });
  it("answers nothing where the operation answers nothing", async () => {
    const input = { path: { groupId: "g" }, query: { version: 1 } };
    expect(await Promise.all([client().api.call("delete_protection_group", input)])).toEqual([undefined]);
  });
});

describe("a refusal", () => {
  it.each([
    [400, "VALIDATION_ERROR"],
    [403, "AUTHORIZATION_ERROR"],
    [404, "RESOURCE_NOT_FOUND"],
    [409, "CONFLICT_ERROR"],
    [413, "VALIDATION_ERROR"],
    [422, "PREFLIGHT_FAILED"],
    [429, "THROTTLED"],
    [500, "INTERNAL_ERROR"],
    [502, "DRS_SERVICE_ERROR"],
  ])("%s %s is told with its code, its details and its request", async (status, code) => {
    const fields = [{ field: "groupName", reason: "is used", code: "DUPLICATE_NAME" }];
    server.use(refuses(GROUPS, status, code, { fields, retryAfterSeconds: 7 }));
    const error = await failureOf(client().api.call(GROUPS, {}));
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status, code, fields, requestId: "request-1", retryAfterSeconds: 7 });
  });
  it("tells a conflict of versions by its reason", async () => {
    server.use(refuses(GROUPS, 409, "CONFLICT_ERROR", { reason: "VERSION_CONFLICT" }));
    expect(await failureOf(client().api.call(GROUPS, {}))).toMatchObject({ conflictReason: "VERSION_CONFLICT" });
  });
  it("without the envelope comes from something before the API", async () => {
    server.use(http.get("*/protection-groups", () => new HttpResponse("<html>", { status: 503 })));
    expect(await failureOf(client().api.call(GROUPS, {}))).toBeInstanceOf(UnreachableError);
  });
  it("is none where nobody answered", async () => {
    server.use(isUnreachable(GROUPS));
    expect(await failureOf(client().api.call(GROUPS, {}))).toBeInstanceOf(UnreachableError);
  });
});

describe("a token that is not good any more", () => {
  // requirement: UX-24
  it("is renewed once, and nobody hears of it", async () => {
    let calls = 0;
    server.use(
      http.get("*/protection-groups", () => {
        calls += 1;
        const refusal = { error: "AUTHENTICATION_ERROR", message: "", details: {}, retryable: false, requestId: "1" };
        return calls === 1 ? HttpResponse.json(refusal, { status: 401 }) : HttpResponse.json({ items: [] });
      }),
    );
    const { api, source, onSignedOut } = client();
    expect(await api.call(GROUPS, {})).toEqual({ items: [] });
    expect(source.mock.calls).toEqual([[false], [true]]);
    expect(onSignedOut).not.toHaveBeenCalled();
  });
  it("ends the session if that does not help", async () => {
    server.use(refuses(GROUPS, 401, "AUTHENTICATION_ERROR"));
    const { api, onSignedOut } = client();
    expect(await failureOf(api.call(GROUPS, {}))).toBeInstanceOf(SignedOutError);
    expect(onSignedOut).toHaveBeenCalledOnce();
  });
});
