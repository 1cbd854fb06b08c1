import { screen, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Answer } from "@/api/types";
import { answers, exampleOf, isSlow, refuses } from "@/mocks/handlers";
import { permissionsFor } from "@/mocks/permissions";
import ACCOUNTS from "@/mocks/worlds/accounts";
import { notified } from "@/testing/notified";
import { renderConsole } from "@/testing/render-console";
import { server } from "@/testing/server";

type User = Awaited<ReturnType<typeof renderConsole>>["user"];

const PATH = "/accounts/111122223333";
const CLOSED = "/accounts/444455556666";
const HUB = "/accounts/123456789012";

const openTab = async (user: User, name: string) => user.click(await screen.findByRole("tab", { name }));

describe("an account", () => {
  // requirement: UX-15
  it("shows whether the hub gets in, and how full it is", async () => {
    server.use(...ACCOUNTS);
    await renderConsole(PATH);
    expect(await screen.findByRole("heading", { level: 1, name: "Production" })).toBeVisible();
    expect(await screen.findByText("The hub gets in, DRS answers")).toBeVisible();
    expect(await screen.findByText(/Here: 236 of 300/)).toBeVisible();
    expect(screen.getByText(/Staging account Replication one: 41 of 300/)).toBeVisible();
    expect(screen.getByText("41 of them extended from staging accounts")).toBeVisible();
    expect(screen.getByText("Stored, and never shown")).toBeVisible();
  });
  it("says at which step the hub failed, why, and what to do", async () => {
    server.use(...ACCOUNTS);
    await renderConsole(CLOSED);
    expect(await screen.findByText("Failed at: Assume the role.")).toBeVisible();
    expect(screen.getByText("STS does not let the hub in: AccessDenied")).toBeVisible();
    expect(screen.getByText(/that its external id is the one stored here/)).toBeVisible();
    expect(await screen.findByText("Not everything could be read")).toBeVisible();
    expect(screen.getByText(/its external id is another/)).toBeVisible();
  });
  it("is shown before the capacities are there", async () => {
    server.use(isSlow("get_combined_capacity", 500, exampleOf("get_combined_capacity")), ...ACCOUNTS);
    await renderConsole(PATH);
    expect(await screen.findByRole("heading", { level: 1, name: "Production" })).toBeVisible();
    expect(screen.getAllByText("The regions are being read")[0]).toBeVisible();
  });
  it.each([
    ["validate_target_account", 400, "The account could not be validated"],
    ["get_combined_capacity", 502, "The capacity could not be read"],
  ] as const)("says that %s was refused, and shows the rest", async (operation, status, words) => {
    server.use(refuses(operation, status, "CROSS_ACCOUNT_ERROR"), ...ACCOUNTS);
    await renderConsole(PATH);
    expect(await screen.findByText(words)).toBeVisible();
    expect(screen.getByText("Request request-1")).toBeVisible();
    expect(screen.getByText("Stored, and never shown")).toBeVisible();
  });
  it("that is not registered says so, but the hub needs no entry", async () => {
    server.use(refuses("get_target_account", 404, "RESOURCE_NOT_FOUND"), ...ACCOUNTS);
    await renderConsole(PATH);
    expect(await screen.findByText("The account could not be read")).toBeVisible();
  });
  it("of the hub is shown without an entry", async () => {
    server.use(refuses("get_target_account", 404, "RESOURCE_NOT_FOUND"), ...ACCOUNTS);
    await renderConsole(HUB);
    expect(await screen.findByText("The hub's own account")).toBeVisible();
    expect(await screen.findByText(/Here: 236 of 300/)).toBeVisible();
    expect(screen.queryByRole("tab", { name: "Staging accounts" })).toBeNull();
  });
  // requirement: UX-40
  it("shows the jobs of DRS in a region, with how each server fares and the execution behind them", async () => {
    const asked: URLSearchParams[] = [];
    const example = exampleOf("list_drs_jobs");
    const [job] = example.items;
    if (job === undefined) throw new Error("the contract has no example of a job");
    server.use(
      ...ACCOUNTS,
      answers("list_drs_jobs", (request) => {
        asked.push(new URL(request.url).searchParams);
        const foreign = {
          ...job,
          jobId: "drsjob-2222222222222db02",
          executionId: undefined,
          type: "TERMINATE" as const,
        };
        return { items: [job, foreign], nextToken: undefined };
      }),
    );
    const { user } = await renderConsole(PATH);
    await openTab(user, "Jobs");

    const table = await screen.findByRole("grid", { name: "Jobs of DRS" });
    expect(await within(table).findByRole("link", { name: job.executionId })).toBeVisible();
    expect(within(table).getByText("None of this system")).toBeVisible();
    expect(within(table).getByText("Termination")).toBeVisible();
    expect(within(table).getAllByText(/s-1111111111111db01/)[0]).toBeVisible();
    expect(asked[0]?.get("accountId")).toBe("111122223333");
    expect(asked[0]?.get("region")).toBe("us-west-2");
  });
  it("says why its jobs could not be read", async () => {
    server.use(...ACCOUNTS, refuses("list_drs_jobs", 502, "DRS_SERVICE_ERROR"));
    const { user } = await renderConsole(PATH);
    await openTab(user, "Jobs");
    expect(await screen.findByText("The jobs could not be read")).toBeVisible();
  });
  it("shows its servers with the groups that have them, and finds them by name", async () => {
    const asked: string[] = [];
    server.use(
      answers("get_source_server_inventory", (request) => {
        asked.push(new URL(request.url).search);
        return { ...exampleOf("get_source_server_inventory"), nextToken: undefined };
      }),
      ...ACCOUNTS,
    );
    const { user } = await renderConsole(PATH);
    await openTab(user, "Servers");
    const [example] = exampleOf("get_source_server_inventory").items;
    expect(await screen.findByText(example?.sourceServerId ?? "")).toBeVisible();
    expect(screen.getByRole("link", { name: example?.protectionGroups[0]?.groupName })).toBeVisible();
    await user.type(screen.getByLabelText("Name contains"), "db");
    await screen.findByText(example?.sourceServerId ?? "");
    expect(asked.at(-1)).toContain("accountId=111122223333");
    expect(asked.at(-1)).toContain("hostname=db");
  });
  it("shows every quota of a region", async () => {
    server.use(...ACCOUNTS);
    const { user } = await renderConsole(PATH);
    await openTab(user, "Quotas");
    const row = await screen.findByRole("row", { name: /Replicating source servers/ });
    expect(row).toHaveTextContent(/300.*236/);
  });
  it("shows how its tags are copied, and has them copied", async () => {
    const run = { ...exampleOf("get_tag_sync_status").run, status: "COMPLETED" as const, isLeft: false };
    server.use(
      answers("get_tag_sync_status", { ...exampleOf("get_tag_sync_status"), run: run as never }),
      refuses("trigger_tag_sync", 409, "CONFLICT_ERROR", { reason: "SYNC_IN_PROGRESS" }),
      ...ACCOUNTS,
    );
    const { user } = await renderConsole(PATH);
    await openTab(user, "Tags");
    expect(await screen.findByText("1 of 1 that are EC2 instances")).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Copy tags now" }));
    await notified("The tags are not being copied");
  });
  it("is forgotten with what executions have left of launch settings once that is given up by name, for a reason", async () => {
    const left = (serverId: string, executionId: string) => ({ serverId, executionId, region: "us-west-2" });
    const servers = [left("s-1", "exec-1"), left("s-2", "exec-1"), left("s-3", "exec-2")];
    server.use(
      refuses("delete_target_account", 409, "CONFLICT_ERROR", { reason: "IN_USE", serverCount: 3, servers }),
      ...ACCOUNTS,
    );
    const { user } = await renderConsole(PATH);
    await user.click(await screen.findByRole("button", { name: /^Remove/ }));
    const dialog = await screen.findByRole("dialog", { name: "Remove the account Production?" });
    expect(within(dialog).queryByRole("checkbox")).toBeNull();
    const confirm = within(dialog).getByRole("button", { name: "Remove account 111122223333" });
    await user.click(confirm);
    await user.click(await within(dialog).findByRole("checkbox", { name: /that exec-1 and exec-2 left/ }));
    expect(within(dialog).getByText(/nobody restores them any more: s-1, s-2, s-3/)).toBeVisible();
    expect(confirm).toHaveAccessibleDescription("Say why the launch settings are given up.");
    await user.type(within(dialog).getByLabelText("Reason"), "closed");
    let asked = new URLSearchParams();
    server.use(
      answers("delete_target_account", (request) => {
        asked = new URL(request.url).searchParams;
        return undefined;
      }),
    );
    await user.click(confirm);
    await notified("Production is no target account any more.");
    expect(asked.get("reason")).toBe("closed");
    expect(asked.getAll("giveUpSettingsOf").join(",")).toBe("exec-1,exec-2");
  });
  it("shows readers what they may not do, and why", async () => {
    server.use(answers("get_user_permissions", permissionsFor("DRSReadOnly")), ...ACCOUNTS);
    const { user } = await renderConsole(PATH);
    expect(await screen.findByRole("button", { name: /^Edit/ })).toHaveAccessibleDescription(/modify_accounts/);
    expect(screen.getByRole("button", { name: /^Remove/ })).toHaveAccessibleDescription(/delete_accounts/);
    await openTab(user, "Staging accounts");
    expect(await screen.findByRole("button", { name: "Extend their servers" })).toHaveAccessibleDescription(
      /modify_accounts/,
    );
  });
});

describe("staging accounts", () => {
  it("are those that are registered, and those that AWS shows beside them", async () => {
    server.use(...ACCOUNTS);
    const { user } = await renderConsole(PATH);
    await openTab(user, "Staging accounts");
    const row = await screen.findByRole("row", { name: /Replication one/ });
    expect(await within(row).findByText("1 of them cannot be recovered")).toBeVisible();
    expect(within(row).getByText(/s-00000000000000041 in us-west-2: The key/)).toBeVisible();
    expect(screen.getByRole("row", { name: /888899990000/ })).toHaveTextContent(/is not registered/);
    expect(screen.getByText("1 server extended, 1 not.")).toBeVisible();
    expect(
      screen.getByText("Let the policy of the key give the target account its use, and its role use it."),
    ).toBeVisible();
  });
  it("that are registered are shown although AWS could not be asked", async () => {
    server.use(refuses("discover_staging_accounts", 404, "RESOURCE_NOT_FOUND"), ...ACCOUNTS);
    const { user } = await renderConsole(PATH);
    await openTab(user, "Staging accounts");
    expect(await screen.findByText("AWS could not be asked for staging accounts")).toBeVisible();
    expect(screen.getByRole("row", { name: /Replication one/ })).toHaveTextContent(/Registered/);
  });
  it("are validated before they are added, and keep what was typed when they are refused", async () => {
    const said: unknown[] = [];
    server.use(
      answers("validate_staging_account", async (request) => {
        said.push(await request.json());
        return {
          accountId: "888899990000",
          valid: false,
          regions: [{ region: "us-west-2", usedBy: ["GROUPS"], passed: false, state: "NOT_ENTERED" }],
        } satisfies Answer<"validate_staging_account">;
      }),
      refuses("add_staging_account", 409, "CONFLICT_ERROR", { reason: "NAME_EXISTS" }),
      ...ACCOUNTS,
    );
    const { user } = await renderConsole(PATH);
    await openTab(user, "Staging accounts");
    await user.click(await screen.findByRole("button", { name: "Add staging account 888899990000" }));
    const id = await screen.findByLabelText("Staging account id");
    expect(id).toHaveValue("888899990000");
    await user.type(screen.getByLabelText(/^Staging account external id/), "short");
    await user.click(screen.getByRole("button", { name: "Validate first" }));
    expect(screen.getByText(/8 to 64 letters/)).toBeVisible();
    await user.type(screen.getByLabelText(/^Staging account external id/), "-no-more");
    await user.click(screen.getByRole("button", { name: "Validate first" }));
    expect(await screen.findByText("The hub does not get in everywhere")).toBeVisible();
    expect(said).toEqual([
      {
        accountId: "888899990000",
        externalId: "short-no-more",
        roleArn: null,
        regions: [],
        targetAccountId: "111122223333",
      },
    ]);
    await user.click(screen.getByRole("button", { name: "Add the staging account" }));
    expect(await screen.findByText("The staging account was not added")).toBeVisible();
    expect(screen.getByLabelText(/^Staging account external id/)).toHaveValue("short-no-more");
    server.use(answers("add_staging_account", exampleOf("get_target_account")));
    await user.click(screen.getByRole("button", { name: "Add the staging account" }));
    await notified("Account 888899990000 is a staging account of 111122223333.");
  });
  it("that have servers of groups are forgotten only on purpose", async () => {
    server.use(refuses("remove_staging_account", 409, "CONFLICT_ERROR", { reason: "IN_USE" }), ...ACCOUNTS);
    const { user } = await renderConsole(PATH);
    await openTab(user, "Staging accounts");
    await user.click(await screen.findByRole("button", { name: "Remove staging account Replication one" }));
    const dialog = await screen.findByRole("dialog", { name: "Remove the staging account Replication one?" });
    expect(within(dialog).queryByRole("checkbox")).toBeNull();
    const confirm = within(dialog).getByRole("button", { name: "Remove staging account 777788889999" });
    await user.click(confirm);
    await user.click(await within(dialog).findByRole("checkbox", { name: "Forget it all the same" }));
    let asked = "";
    server.use(
      answers("remove_staging_account", (request) => {
        asked = new URL(request.url).search;
        return undefined;
      }),
    );
    await user.click(confirm);
    await notified(/is no staging account of Production any more/);
    expect(asked).toBe("?version=1&force=true");
  });
  it("have their servers extended after a question that says from where and into what", async () => {
    server.use(...ACCOUNTS);
    const { user } = await renderConsole(PATH);
    await openTab(user, "Staging accounts");
    const extend = await screen.findByRole("button", { name: "Extend their servers" });
    await user.click(extend);
    const dialog = await screen.findByRole("dialog", {
      name: "Extend the servers of 1 staging account into Production?",
    });
    expect(within(dialog).getByText(/Replication one \(777788889999\) replicates/)).toBeVisible();
    await user.click(within(dialog).getByRole("button", { name: "Extend from 1 staging account" }));
    await notified("Servers are being extended into Production, from 1 place.");
  });
  it("show how far the extension is while it lasts", async () => {
    const discovered = exampleOf("discover_staging_accounts");
    server.use(
      answers("discover_staging_accounts", {
        ...discovered,
        lastSync: { ...exampleOf("sync_staging_accounts"), status: "RUNNING", placeCount: 4, pendingCount: 3 },
      }),
      ...ACCOUNTS,
    );
    const { user } = await renderConsole(PATH);
    await openTab(user, "Staging accounts");
    expect(await screen.findByText("1 of 4 done")).toBeVisible();
    expect(screen.getByRole("button", { name: "Extend their servers" })).toHaveAccessibleDescription(
      "Servers are being extended.",
    );
  });
});
