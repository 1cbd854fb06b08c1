import { screen, waitFor, within } from "@testing-library/react";
import type { UserEvent } from "@testing-library/user-event";
import { http, HttpResponse, type HttpHandler } from "msw";
import { describe, expect, it } from "vitest";
import { type OperationName, OPERATIONS } from "@/api/generated/operations";
import { answers, exampleOf, isUnreachable, refuses } from "@/mocks/handlers";
import { permissionsFor } from "@/mocks/permissions";
import { DIAMOND, GROUPS } from "@/mocks/worlds/recovery-plans";
import { field, refill } from "@/testing/fields";
import { notified } from "@/testing/notified";
import { renderConsole } from "@/testing/render-console";
import { server } from "@/testing/server";

interface Form {
  readonly name: string;
  readonly path: string;
  /** What is asked when the form is sent. */
  readonly operation: OperationName;
  /** The one who may send it no more. */
  readonly outsider: "DRSReadOnly" | "DRSOperator";
  readonly world: readonly HttpHandler[];
  readonly fill: (user: UserEvent) => Promise<void>;
  readonly send: (user: UserEvent) => Promise<void>;
  readonly holdsWhatWasTyped: () => void;
  readonly succeeds: HttpHandler;
  readonly done: RegExp;
}

const press = (name: string) => (user: UserEvent) => user.click(screen.getByText(name, { selector: "button *" }));
const holds = (label: string | RegExp, text: string) => () => expect(field(label)).toHaveValue(text);

const GROUP = exampleOf("get_protection_group");
const ACCOUNT = exampleOf("get_target_account");
const REPORT = exampleOf("preflight_recovery_plan");

/** Every form of the console that keeps what is typed, with one thing typed into it. */
const FORMS: readonly Form[] = [
  {
    name: "the editor of a group",
    path: `/protection-groups/${GROUP.groupId}/edit`,
    operation: "update_protection_group",
    outsider: "DRSReadOnly",
    world: [],
    fill: (user) => refill(user, "Description", "mine"),
    send: press("Save changes"),
    holdsWhatWasTyped: holds("Description", "mine"),
    succeeds: answers("update_protection_group", GROUP),
    done: / is saved\.$/,
  },
  {
    name: "the editor of a plan",
    path: `/recovery-plans/${DIAMOND.planId}/edit`,
    operation: "update_recovery_plan",
    outsider: "DRSReadOnly",
    world: [answers("get_recovery_plan", DIAMOND), answers("list_protection_groups", { items: GROUPS })],
    fill: (user) => refill(user, "Name", "mine"),
    send: press("Save changes"),
    holdsWhatWasTyped: holds("Name", "mine"),
    succeeds: answers("update_recovery_plan", DIAMOND),
    done: / was saved\.$/,
  },
  {
    name: "the settings",
    path: "/settings?tab=tags",
    operation: "update_tag_sync_settings",
    outsider: "DRSReadOnly",
    world: [answers("get_tag_sync_settings", { enabled: false, intervalHours: 9, version: 3 })],
    fill: async (user) => user.click(await screen.findByRole("checkbox", { name: /by the clock/ })),
    send: press("Save"),
    holdsWhatWasTyped: () => expect(screen.getByRole("checkbox", { name: /by the clock/ })).toBeChecked(),
    succeeds: answers("update_tag_sync_settings", { enabled: true, intervalHours: 9, version: 4 }),
    done: /^The copying of tags is set/,
  },
  {
    name: "the editor of an account",
    path: `/accounts/${ACCOUNT.accountId}/edit`,
    operation: "update_target_account",
    outsider: "DRSOperator",
    world: [],
    fill: (user) => refill(user, /^Name/, "mine"),
    send: press("Save changes"),
    holdsWhatWasTyped: holds(/^Name/, "mine"),
    succeeds: answers("update_target_account", ACCOUNT),
    done: / is saved\.$/,
  },
  {
    name: "the settings of a server",
    path: `/protection-groups/${GROUP.groupId}/servers/s-1111111111111db01`,
    operation: "update_server_launch_config",
    outsider: "DRSReadOnly",
    world: [],
    fill: (user) => refill(user, "Static private IP", "10.0.9.9"),
    send: press("Save changes"),
    holdsWhatWasTyped: holds("Static private IP", "10.0.9.9"),
    succeeds: answers("update_server_launch_config", exampleOf("update_server_launch_config")),
    done: /^The settings are saved/,
  },
  {
    name: "the settings of several servers",
    path: `/protection-groups/${GROUP.groupId}`,
    operation: "bulk_update_server_configs",
    outsider: "DRSReadOnly",
    world: [],
    fill: async (user) => {
      await user.click(await screen.findByRole("tab", { name: "Server Configurations" }));
      await user.click(await screen.findByRole("checkbox", { name: "Choose s-1111111111111db01" }));
      await refill(user, "Instance type", "c7i.large");
    },
    send: press("Save for 1 server"),
    holdsWhatWasTyped: holds("Instance type", "c7i.large"),
    succeeds: answers("bulk_update_server_configs", exampleOf("bulk_update_server_configs")),
    done: /^The settings of 1 server are saved/,
  },
  {
    name: "the dialog that starts a recovery",
    path: "/recovery-plans/plan-1/start?type=RECOVERY",
    operation: "start_execution",
    outsider: "DRSReadOnly",
    world: [answers("preflight_recovery_plan", { ...REPORT, replacedInstances: [], findings: [] })],
    fill: (user) => refill(user, /^Reason - optional/, "mine"),
    send: async (user) => {
      if (screen.queryByRole("dialog") === null) {
        const start = screen.getByRole("button", { name: "Start recovery of 6 servers" });
        await waitFor(() => expect(start).not.toHaveAttribute("aria-disabled", "true"));
        await user.click(start);
      }
      const dialog = await screen.findByRole("dialog", { name: "Start recovery of 6 servers?" });
      await refill(user, "Type Shop to confirm", "Shop");
      await user.click(within(dialog).getByRole("button", { name: "Start recovery of 6 servers" }));
    },
    holdsWhatWasTyped: holds(/^Reason - optional/, "mine"),
    succeeds: answers("start_execution", exampleOf("start_execution")),
    done: /was started\.$/,
  },
];

interface Failure {
  readonly name: string;
  readonly of: (operation: OperationName) => HttpHandler;
  /** What happened, and what to do about it. */
  readonly says: readonly RegExp[];
  /** Whether the call may have arrived all the same. */
  readonly isDoubtful?: boolean;
}

function answersNoEnvelope(operation: OperationName): HttpHandler {
  const { method, path } = OPERATIONS[operation];
  const address = `*/dev${path.replace(/{(\w+)}/g, ":$1")}`;
  const verb = { GET: http.get, POST: http.post, PUT: http.put, DELETE: http.delete }[method];
  return verb(address, () => HttpResponse.json({ message: "Endpoint request timed out" }, { status: 504 }));
}

const FAILURES: readonly Failure[] = [
  {
    name: "nobody answers",
    of: isUnreachable,
    says: [/The API did not answer/, /Check the network; what you typed is still here/],
    isDoubtful: true,
  },
  {
    name: "something before the API answers",
    of: answersNoEnvelope,
    says: [/answered with 504/, /Try again/],
    isDoubtful: true,
  },
  {
    name: "409",
    of: (operation) => refuses(operation, 409, "CONFLICT_ERROR", { reason: "ACTIVE_EXECUTION" }),
    says: [/Refused as CONFLICT_ERROR/, /Wait until the execution has ended/],
  },
  {
    name: "413",
    of: (operation) => refuses(operation, 413, "VALIDATION_ERROR"),
    says: [/Refused as VALIDATION_ERROR/, /send less at once/i],
  },
  {
    name: "422",
    of: (operation) => refuses(operation, 422, "PREFLIGHT_FAILED", { findings: [] }),
    says: [/Refused as PREFLIGHT_FAILED/, /Put right what was found/],
  },
  {
    name: "429",
    of: (operation) => refuses(operation, 429, "THROTTLED", { retryAfterSeconds: 7 }),
    says: [/Refused as THROTTLED/, /Try again in 7 s/],
  },
  {
    name: "500",
    of: (operation) => refuses(operation, 500, "INTERNAL_ERROR"),
    says: [/Refused as INTERNAL_ERROR/, /Try again\. If it stays/, /request-1/],
    isDoubtful: true,
  },
];

/** Whoever reads the page finds the words; a dialog hides what is behind it from nobody in a test. */
async function finds(words: RegExp): Promise<void> {
  await waitFor(() => expect(document.body.textContent).toMatch(words));
}

/** Notes the keys under which the form was sent. */
function keysOf(operation: OperationName): string[] {
  const keys: string[] = [];
  server.events.on("request:start", ({ request }) => {
    const key = request.headers.get("Idempotency-Key");
    if (request.method === OPERATIONS[operation].method && key !== null) keys.push(key);
  });
  return keys;
}

describe.each(FORMS)("$name", (form) => {
  it("loses nothing whatever the API answers, says what to do, and is sent once in the end", async () => {
    server.use(...form.world);
    const { user } = await renderConsole(form.path);
    await form.fill(user);
    const keys = keysOf(form.operation);

    for (const { name, of, says } of FAILURES) {
      server.use(of(form.operation));
      await form.send(user);
      for (const words of says) await finds(words);
      expect(form.holdsWhatWasTyped, name).not.toThrow();
    }
    server.use(form.succeeds);
    await form.send(user);

    await notified(form.done);
    const isRepeated = keys.slice(1).map((key, place) => key === keys[place]);
    expect(isRepeated).toEqual(FAILURES.map(({ isDoubtful }) => isDoubtful ?? false));
  });
  it("stays as it is while the person signs in again, and is then sent", async () => {
    server.use(...form.world);
    const { user } = await renderConsole(form.path);
    await form.fill(user);
    server.use(refuses(form.operation, 401, "AUTHENTICATION_ERROR"));

    await form.send(user);
    const dialog = await screen.findByRole("dialog", { name: "Your session has ended" });
    expect(within(dialog).getByText(/Nothing that you typed is lost/)).toBeVisible();
    await user.type(within(dialog).getByLabelText("Password"), "right");
    await user.click(within(dialog).getByRole("button", { name: "Sign in" }));
    await waitFor(() => expect(screen.queryByRole("dialog", { name: "Your session has ended" })).toBeNull());
    form.holdsWhatWasTyped();
    await finds(/send it once more/);
    server.use(form.succeeds);
    await form.send(user);

    await notified(form.done);
  });
  it("keeps what was typed when the person may not send it any more, and says so", async () => {
    server.use(...form.world);
    const { user } = await renderConsole(form.path);
    await form.fill(user);
    server.use(
      refuses(form.operation, 403, "AUTHORIZATION_ERROR", { permission: OPERATIONS[form.operation].permission }),
      answers("get_user_permissions", permissionsFor(form.outsider)),
    );

    await form.send(user);

    await finds(/Refused as AUTHORIZATION_ERROR/);
    await finds(/Ask an administrator/);
    const buttons = () => document.querySelectorAll(`button[data-operation=${form.operation}]`);
    await waitFor(() => {
      expect(buttons().length).toBeGreaterThan(0);
      for (const button of buttons()) expect(button).toHaveAccessibleDescription(/needs the permission/);
    });
    form.holdsWhatWasTyped();
  });
});
