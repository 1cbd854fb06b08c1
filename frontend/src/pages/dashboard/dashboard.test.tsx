import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Model } from "@/api/types";
import { answers, exampleOf, isUnreachable, refuses } from "@/mocks/handlers";
import { permissionsFor } from "@/mocks/permissions";
import DASHBOARD from "@/mocks/worlds/dashboard";
import { renderConsole } from "@/testing/render-console";
import { server } from "@/testing/server";

type Execution = Model<"ExecutionSummary">;

function execution(change: Partial<Execution>): Execution {
  const [example] = exampleOf("list_executions").items;
  if (example === undefined) throw new Error("the contract has no example of an execution");
  return { ...example, ...change };
}

/** Lists these, each under its own status only, as the API does. */
function ran(...executions: Execution[]) {
  server.use(
    answers("list_executions", (request) => {
      const status = new URL(request.url).searchParams.get("status");
      return { items: executions.filter((each) => status === null || each.status === status) };
    }),
  );
}

/** The value under a label, once it is there. */
async function figure(label: string): Promise<string> {
  return waitFor(() => {
    const [term] = screen.getAllByRole("term").filter(({ textContent }) => textContent === label);
    if (term === undefined) throw new Error(`nothing is called ${label}`);
    return term.nextElementSibling?.textContent ?? "";
  });
}

describe("the dashboard", () => {
  // requirement: UX-02
  it("shows what waits for a decision before what runs, and says how many wait", async () => {
    server.use(...DASHBOARD);
    await renderConsole("/");
    expect(await screen.findByRole("heading", { name: "Active executions (2)" })).toBeVisible();
    expect(await screen.findByText("1 execution waits for a decision.")).toBeVisible();
    const table = within(screen.getByRole("region", { name: "Active executions" }));
    const [, first, second] = table.getAllByRole("row");
    expect(first).toHaveTextContent(/Paused.*Wave 2 waits for approval/);
    expect(second).toHaveTextContent(/Running.*Wave 1 is being launched/);
  });
  it("says that nothing runs where nothing does", async () => {
    ran();
    await renderConsole("/");
    expect(await screen.findByText("Nothing runs and nothing waits.")).toBeVisible();
    expect(await figure("Success rate")).toBe("-");
  });
  it("counts what is partly completed as ended and as no success, and what was cancelled as neither", async () => {
    ran(
      execution({ executionId: "exec-1", status: "COMPLETED" }),
      execution({ executionId: "exec-2", status: "PARTIAL" }),
      execution({ executionId: "exec-3", status: "FAILED" }),
      execution({ executionId: "exec-4", status: "TIMEOUT" }),
      execution({ executionId: "exec-5", status: "CANCELLED" }),
      execution({ executionId: "exec-6", status: "RUNNING" }),
    );
    await renderConsole("/");
    await screen.findByText("Of all executions.");
    expect(await figure("Success rate")).toBe("25 %");
    expect(await figure("Completed")).toBe("1");
    expect(await figure("Partly completed")).toBe("1");
    expect(await figure("Failed or out of time")).toBe("2");
  });
  // requirement: UX-02
  it("says whether a recovery of each plan could start, and names its newest drill and no recovery", async () => {
    ran(
      execution({ executionId: "exec-old", status: "FAILED", startedAt: "2026-01-01T09:30:00.000Z" }),
      execution({ executionId: "exec-new", status: "COMPLETED", startedAt: "2026-01-20T09:30:00.000Z" }),
      execution({ executionId: "exec-real", executionType: "RECOVERY", startedAt: "2026-01-28T09:30:00.000Z" }),
    );
    server.use(answers("preflight_recovery_plan", { ...exampleOf("preflight_recovery_plan"), canStart: false }));
    await renderConsole("/");
    const table = within(await screen.findByRole("region", { name: "Readiness" }));
    expect(await table.findByText("No, 6 servers, 1 finding")).toBeVisible();
    const row = table.getByRole("row", { name: /Shop/ });
    await waitFor(() => expect(row).toHaveTextContent(/Completed$/));
    const [, drill] = within(row).getAllByRole("link");
    expect(drill).toHaveAttribute("href", "/executions/exec-new");
  });
  it("says which server lags most", async () => {
    const inventory = exampleOf("get_source_server_inventory");
    const [example] = inventory.items;
    if (example === undefined) throw new Error("the contract has no example of a server");
    const lagging = (hostname: string, lagDuration: string) => ({ ...example, hostname, lagDuration });
    server.use(
      answers("get_source_server_inventory", {
        ...inventory,
        nextToken: undefined,
        items: [lagging("app001", "PT30S"), lagging("db001", "PT12M"), lagging("web001", "PT0S")],
      }),
    );
    await renderConsole("/");
    expect(await figure("Longest lag")).toMatch(/^12 min.*db001$/);
  });
  it("says what could not be read, and never takes it for nothing", async () => {
    const capacity = exampleOf("get_all_capacity");
    const findings: Model<"Finding">[] = [
      { outcome: "UNKNOWN", code: "SERVER_BUSY", message: "111122223333/us-west-2 did not answer", details: {} },
    ].map((finding) => ({ ...capacity.findings[0], ...finding }) as Model<"Finding">);
    const items = capacity.items.map((account) => ({
      ...account,
      complete: false,
      findings,
      regions: account.regions.map((region) => ({
        ...region,
        recovery: { ...region.recovery, sourceServers: undefined, band: undefined },
      })),
    }));
    server.use(answers("get_all_capacity", { ...capacity, items, nextToken: undefined }));
    await renderConsole("/");
    const table = within(await screen.findByRole("region", { name: "Capacity" }));
    expect(table.getByText(/unknown of 1/)).toHaveTextContent("Not known");
    expect(screen.getByText("111122223333/us-west-2 did not answer")).toBeVisible();
  });
  it.each([
    ["list_recovery_plans", "The plans could not be read"],
    ["get_source_server_inventory", "The source servers could not be read"],
    ["get_all_capacity", "The capacities could not be read"],
  ] as const)("shows the rest when %s is refused", async (operation, sentence) => {
    server.use(refuses(operation, 500, "INTERNAL_ERROR"), ...DASHBOARD);
    await renderConsole("/");
    expect(await screen.findByText(sentence)).toBeVisible();
    expect(screen.getAllByText("Refused as INTERNAL_ERROR")[0]).toBeVisible();
    expect(await screen.findByText("1 execution waits for a decision.")).toBeVisible();
  });
  it("says of one plan alone that it could not be checked", async () => {
    server.use(refuses("preflight_recovery_plan", 403, "AUTHORIZATION_ERROR"));
    await renderConsole("/");
    expect(await screen.findByText("Could not be checked: Refused as AUTHORIZATION_ERROR")).toBeVisible();
  });
  it("reads the active executions again when somebody says so, after nobody answered", async () => {
    server.use(isUnreachable("list_executions"));
    const { user } = await renderConsole("/");
    const alert = await screen.findByText("The active executions could not be read", {}, { timeout: 60_000 });
    server.use(...DASHBOARD);
    const [retry] = screen.getAllByRole("button", { name: "Try again" });
    if (retry === undefined) throw new Error("nothing can be tried again");
    await user.click(retry);
    expect(await screen.findByText("1 execution waits for a decision.")).toBeVisible();
    expect(alert).not.toBeInTheDocument();
  });
  it("is a page for readers too, with all its parts", async () => {
    server.use(answers("get_user_permissions", permissionsFor("DRSReadOnly")), ...DASHBOARD);
    await renderConsole("/");
    for (const name of [/^Active executions/, /^Outcomes/, /^Readiness/, /^Replication/, /^Capacity/]) {
      expect(await screen.findByRole("heading", { level: 2, name })).toBeVisible();
    }
  });
});
