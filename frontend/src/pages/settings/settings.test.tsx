import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import type { Answer } from "@/api/types";
import { answers, exampleOf, isUnreachable, refuses } from "@/mocks/handlers";
import { permissionsFor } from "@/mocks/permissions";
import ACCOUNTS from "@/mocks/worlds/accounts";
import SETTINGS from "@/mocks/worlds/settings";
import { preferences, setPreferences } from "@/preferences/preferences";
import { notified } from "@/testing/notified";
import { renderConsole } from "@/testing/render-console";
import { server } from "@/testing/server";

type User = Awaited<ReturnType<typeof renderConsole>>["user"];

const DOCUMENT = JSON.stringify({
  schemaVersion: "1.1",
  sourceAccount: "123456789012",
  sourceRegion: "us-east-1",
  protectionGroups: [
    {
      groupName: "Databases",
      region: "us-west-2",
      sourceServerIds: ["s-db001"],
      launchConfig: { subnetId: "subnet-1" },
    },
  ],
  recoveryPlans: [{ planName: "Shop", waves: [{ waveNumber: 0, protectionGroupIds: ["db-group-id"] }] }],
});

async function choose(user: User, text: string): Promise<void> {
  const input = await screen.findByLabelText("Choose a document");
  await user.upload(input, new File([text], "shop.json", { type: "application/json" }));
}

const click = async (user: User, name: string | RegExp) => user.click(screen.getByRole("button", { name }));

describe("an import", () => {
  // requirement: UX-16
  it("shows what it would do before anything is written, and then does just that", async () => {
    const said: Record<string, unknown>[] = [];
    server.use(
      answers("import_configuration", async (request) => {
        const body = (await request.json()) as Record<string, unknown>;
        said.push(body);
        return reportOf(body.dryRun === true);
      }),
    );
    const { user } = await renderConsole("/settings");
    await choose(user, DOCUMENT);
    expect(
      await screen.findByText(/shop.json: 1 group, 1 plan, schema version 1.1 of account 123456789012 in us-east-1/),
    ).toBeVisible();
    expect(screen.getByRole("button", { name: "Import" })).toHaveAccessibleDescription(/Make a dry run first/);
    await click(user, "List what is in the document");
    const accounts = screen.getByLabelText(/^Accounts, by group name/);
    expect(accounts).toHaveValue("Databases = ");
    expect(screen.getByLabelText("Group ids to names")).toHaveValue("db-group-id = ");
    await user.type(accounts, "111122223333");
    await user.type(screen.getByLabelText("Group ids to names"), "Databases");
    await click(user, "Dry run");
    expect(await screen.findByText("What an import would do; nothing is written yet")).toBeVisible();
    expect(screen.getByText("Would be created, with a warning")).toBeVisible();
    expect(screen.getByText(/its settings hold for nobody now \(NOT_SELECTED\)/)).toBeVisible();
    expect(screen.getByText(/there is no group of this id \(GROUP_NOT_FOUND\)/)).toBeVisible();
    expect(screen.getByText("1 mapping met nothing in the document")).toBeVisible();
    await click(user, "Import");
    const dialog = await screen.findByRole("dialog", { name: "Import 1 group?" });
    expect(within(dialog).getByText(/of 111122223333 us-west-2. 1 cannot be imported/)).toBeVisible();
    await user.click(within(dialog).getByRole("button", { name: "Import 1 group" }));
    expect(await screen.findByText("What was imported")).toBeVisible();
    expect(screen.getByRole("link", { name: "Databases" })).toHaveAttribute("href", "/protection-groups/group-1");
    expect(said.map(({ dryRun }) => dryRun)).toEqual([true, false]);
    expect(said[1]).toMatchObject({
      ...(JSON.parse(DOCUMENT) as object),
      onConflict: "skip",
      mappings: { groups: { "db-group-id": "Databases" }, accounts: { Databases: "111122223333" }, servers: {} },
    });
  });
  it("wants another dry run once something is changed", async () => {
    server.use(...SETTINGS);
    const { user } = await renderConsole("/settings");
    await choose(user, DOCUMENT);
    await screen.findByText(/shop.json: 1 group/);
    await click(user, "Dry run");
    await screen.findByText("What an import would do; nothing is written yet");
    await user.click(screen.getByRole("radio", { name: /^Change them/ }));
    expect(await screen.findByText(/Something was changed since the dry run/)).toBeVisible();
    expect(screen.queryByText("What an import would do; nothing is written yet")).toBeNull();
    expect(screen.getByRole("button", { name: "Import" })).toHaveAccessibleDescription(/Make a dry run first/);
  });
  it.each([
    ["no JSON", "{", /It is no JSON/],
    ["no document", "[]", /does not begin with/],
    ["something else", '{"a": 1}', /neither protectionGroups nor recoveryPlans/],
  ])("says why a file that is %s cannot be read", async (_, text, words) => {
    const { user } = await renderConsole("/settings");
    await choose(user, text);
    expect(await screen.findByText(words)).toBeVisible();
    await waitFor(() =>
      expect(screen.getByRole("button", { name: "Dry run" })).toHaveAccessibleDescription(
        "The document cannot be read.",
      ),
    );
  });
  it("takes mappings from a file, and says which line of them is none", async () => {
    const { user } = await renderConsole("/settings");
    await choose(user, DOCUMENT);
    const mappings = JSON.stringify({ servers: { "s-db001": "s-1111111111111db01" } });
    await user.upload(screen.getByLabelText("Take the mappings from a file"), new File([mappings], "m.json"));
    const servers = screen.getByLabelText("Servers");
    await waitFor(() => expect(servers).toHaveValue("s-db001 = s-1111111111111db01"));
    await user.type(servers, "{Enter}nonsense");
    expect(await screen.findByText("Line 2 is not of the form: old = new")).toBeVisible();
    await waitFor(() =>
      expect(screen.getByRole("button", { name: "Dry run" })).toHaveAccessibleDescription(/cannot be read/),
    );
  });
  it.each([
    ["a conflict", 409, "CONFLICT_ERROR"],
    ["a body that is too large", 413, "VALIDATION_ERROR"],
    ["a failed preflight", 422, "PREFLIGHT_FAILED"],
    ["an error of the server", 500, "INTERNAL_ERROR"],
  ])("keeps the document and the mappings after %s", async (_, status, code) => {
    server.use(refuses("import_configuration", status, code));
    const { user } = await renderConsole("/settings");
    await choose(user, DOCUMENT);
    await screen.findByText(/shop.json: 1 group/);
    await user.type(screen.getByLabelText("Servers"), "a = b");
    await click(user, "Dry run");
    expect(await screen.findByText("The dry run was refused")).toBeVisible();
    expect(screen.getByText("Request request-1")).toBeVisible();
    expect(screen.getByLabelText("Servers")).toHaveValue("a = b");
    expect(screen.getByText(/shop.json: 1 group/)).toBeVisible();
  });
  it("stays while another tab is open, and is not left by mistake", async () => {
    server.use(...SETTINGS);
    const { user } = await renderConsole("/settings");
    await choose(user, DOCUMENT);
    await screen.findByText(/shop.json: 1 group/);
    await user.click(screen.getByRole("tab", { name: "About" }));
    expect(window.location.search).toBe("?tab=about");
    await user.click(screen.getByRole("tab", { name: "Export and import" }));
    expect(await screen.findByText(/shop.json: 1 group/)).toBeVisible();
    await user.click(screen.getByRole("link", { name: "Accounts" }));
    expect(await screen.findByText("Leave without saving?")).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Stay" }));
    expect(screen.getByText(/shop.json: 1 group/)).toBeVisible();
  });
});

describe("an export", () => {
  // requirement: UX-16
  it("saves all pages as one document", async () => {
    const saved: Blob[] = [];
    vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(() => undefined);
    URL.createObjectURL = (blob) => {
      saved.push(blob as Blob);
      return "blob:saved";
    };
    URL.revokeObjectURL = () => undefined;
    const whole = exampleOf("export_configuration");
    server.use(
      answers("export_configuration", (request) =>
        new URL(request.url).searchParams.has("nextToken")
          ? { ...whole, protectionGroups: [], nextToken: undefined }
          : { ...whole, recoveryPlans: [], nextToken: "more" },
      ),
    );
    const { user } = await renderConsole("/settings");
    await user.click(await screen.findByRole("button", { name: "Export everything" }));
    await notified("1 group and 1 plan were exported.");
    expect(saved).toHaveLength(1);
  });
  it("says why it failed", async () => {
    server.use(refuses("export_configuration", 500, "INTERNAL_ERROR"));
    const { user } = await renderConsole("/settings");
    await user.click(await screen.findByRole("button", { name: "Export everything" }));
    await notified("The configuration could not be exported");
  });
});

describe("the copying of tags", () => {
  const PATH = "/settings?tab=tags";
  // requirement: UX-17
  it("shows what could not be copied, and is changed with the version that was seen", async () => {
    let said: unknown;
    server.use(
      answers("update_tag_sync_settings", async (request) => {
        said = await request.json();
        return { enabled: false, intervalHours: 4, version: 4 };
      }),
      ...SETTINGS,
    );
    const { user } = await renderConsole(PATH);
    expect(await screen.findByText(/the instance of app-0041 is terminated/)).toBeVisible();
    expect(screen.getByText("12 added, 3 changed, 1 removed")).toBeVisible();
    expect(screen.getByRole("button", { name: "Save" })).toHaveAccessibleDescription("Nothing is changed.");
    await user.click(screen.getByRole("checkbox", { name: /by the clock/ }));
    await click(user, "Save");
    await notified("The copying of tags is set.");
    expect(said).toEqual({ version: 3, enabled: false, intervalHours: 4 });
  });
  it("that somebody else changed offers their version or mine", async () => {
    server.use(refuses("update_tag_sync_settings", 409, "CONFLICT_ERROR", { reason: "VERSION_CONFLICT" }), ...SETTINGS);
    const { user } = await renderConsole(PATH);
    const toggle = await screen.findByRole("checkbox", { name: /by the clock/ });
    await user.click(toggle);
    await click(user, "Save");
    expect(await screen.findByText("The copying of tags was changed by somebody else")).toBeVisible();
    server.use(answers("get_tag_sync_settings", { enabled: true, intervalHours: 9, version: 7 }));
    await click(user, "Show their version");
    await waitFor(() => expect(screen.getByRole("checkbox", { name: /by the clock/ })).toBeChecked());
    expect(screen.getByText("9 hours")).toBeVisible();
  });
  it("says why it could not be read", async () => {
    server.use(isUnreachable("get_tag_sync_settings"), ...SETTINGS);
    await renderConsole(PATH);
    expect(await screen.findByText("The settings could not be read", {}, { timeout: 20_000 })).toBeVisible();
  });
  it("is asked for at once, but not twice", async () => {
    const { run, ...report } = exampleOf("get_tag_sync_status");
    if (run === undefined) throw new Error("the example has no run");
    const isRunning = answers("get_tag_sync_status", { ...report, run: { ...run, status: "RUNNING", isLeft: false } });
    const asked = answers("trigger_tag_sync", () => {
      server.use(isRunning);
      return exampleOf("trigger_tag_sync");
    });
    server.use(asked, ...SETTINGS);
    const { user } = await renderConsole(PATH);
    await user.click(await screen.findByRole("button", { name: "Copy tags now" }));
    await notified("The tags are being copied, in every account and region.");
    await waitFor(() =>
      expect(screen.getByRole("button", { name: /^Copy tags now/ })).toHaveAccessibleDescription(
        "The tags are being copied.",
      ),
    );
  });
});

describe("the other settings", () => {
  // requirement: UX-17
  it("tell who gets the mails of which plan", async () => {
    const [plan] = exampleOf("list_recovery_plans").items;
    if (plan === undefined) throw new Error("the contract has no example of a plan");
    server.use(
      answers("list_recovery_plans", {
        items: [
          { ...plan, planId: "plan-1", planName: "Shop", notificationEmail: "shop@example.com" },
          { ...plan, planId: "plan-2", planName: "<script>alert(1)</script>", notificationEmail: undefined },
        ],
      }),
    );
    const { user } = await renderConsole("/settings?tab=notifications");
    expect(await screen.findByText("shop@example.com")).toBeVisible();
    expect(screen.getByText("<script>alert(1)</script>")).toBeVisible();
    expect(screen.getByText("No address of its own")).toBeVisible();
    await click(user, "Change the address of Shop");
    await waitFor(() => expect(window.location.pathname).toBe("/recovery-plans/plan-1/edit"));
  });
  // requirement: UX-17
  it("change how the console looks, at once and for good", async () => {
    const { user } = await renderConsole("/settings?tab=appearance");
    await user.click(await screen.findByRole("radio", { name: "Dark" }));
    await user.click(screen.getByRole("radio", { name: "Compact" }));
    expect(document.body).toHaveClass("awsui-dark-mode", "awsui-compact-mode");
    expect(preferences()).toEqual({ theme: "dark", density: "compact" });
    setPreferences({ theme: "system", density: "comfortable" });
  });
  it("tell which system this is, and who you are in it", async () => {
    server.use(answers("get_user_permissions", permissionsFor("DRSReadOnly")), ...ACCOUNTS);
    await renderConsole("/settings?tab=about");
    expect(await screen.findByText("123456789012")).toBeVisible();
    expect(await screen.findByText("Well")).toBeVisible();
    const row = await screen.findByRole("row", { name: /terminate instances/ });
    expect(row).toHaveTextContent(/You do not have it.*DRSRecoveryManager/);
  });
  it("say that the API is not well", async () => {
    server.use(refuses("health", 400, "INTERNAL_ERROR"), ...ACCOUNTS);
    await renderConsole("/settings?tab=about");
    expect(await screen.findByText("Not well: Refused as INTERNAL_ERROR")).toBeVisible();
  });
  it("show readers what they may not do, and why", async () => {
    server.use(answers("get_user_permissions", permissionsFor("DRSReadOnly")), ...SETTINGS);
    const { user } = await renderConsole("/settings");
    expect(await screen.findByRole("button", { name: "Export everything" })).toHaveAccessibleDescription(
      /export_configuration/,
    );
    expect(screen.getByRole("button", { name: "Dry run" })).toHaveAccessibleDescription(/import_configuration/);
    expect(screen.getByRole("button", { name: "Import" })).toHaveAccessibleDescription(/import_configuration/);
    await user.click(screen.getByRole("tab", { name: "Tags" }));
    expect(await screen.findByRole("button", { name: "Save" })).toHaveAccessibleDescription(/modify_protection_groups/);
    expect(screen.getByRole("button", { name: "Copy tags now" })).toHaveAccessibleDescription(
      /modify_protection_groups/,
    );
  });
});

function reportOf(dryRun: boolean): Answer<"import_configuration"> {
  const none = { created: 0, updated: 0, skipped: 0, failed: 0 };
  return {
    dryRun,
    partial: false,
    summary: {
      ...none,
      created: 1,
      failed: 1,
      protectionGroups: { ...none, created: 1 },
      recoveryPlans: { ...none, failed: 1 },
    },
    created: [
      {
        kind: "protectionGroup",
        name: "Databases",
        path: "protectionGroups[0]",
        warnings: [{ field: "servers[0]", reason: "its settings hold for nobody now", code: "NOT_SELECTED" }],
        ...(!dryRun && { id: "group-1" }),
      },
    ],
    updated: [],
    skipped: [],
    failed: [
      {
        kind: "recoveryPlan",
        name: "Shop",
        path: "recoveryPlans[0]",
        code: "VALIDATION_ERROR",
        reasons: [
          { field: "waves[0].protectionGroupIds[0]", reason: "there is no group of this id", code: "GROUP_NOT_FOUND" },
        ],
      },
    ],
    unusedMappings: ["mappings.servers.s-db009"],
  };
}
