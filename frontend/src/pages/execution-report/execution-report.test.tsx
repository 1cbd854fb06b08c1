import { screen, waitFor, within } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { answers, refuses } from "@/mocks/handlers";
import { permissionsFor } from "@/mocks/permissions";
import world from "@/mocks/worlds/execution";
import { renderConsole } from "@/testing/render-console";
import { server } from "@/testing/server";

beforeEach(() => server.use(...world));

describe("the report of an execution", () => {
  // requirement: UX-14
  it("has waves, decisions, every server and the course of events, and prints", async () => {
    const print = vi.spyOn(window, "print").mockImplementation(() => undefined);
    const { user } = await renderConsole("/executions/exec-failed/report");
    await screen.findByRole("heading", { level: 1, name: "Drill of Shop: report" });
    const waves = await screen.findByRole("region", { name: "Waves" });
    expect(within(waves).getAllByRole("row")).toHaveLength(5);
    expect(await screen.findByText(/the subnet has no free address/)).toBeVisible();
    expect(screen.getByText(/31 min, .* target 1 h/)).toBeVisible();
    expect(await screen.findByText("The execution was started")).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Print" }));
    expect(print).toHaveBeenCalledOnce();
  });
  it("reads a thousand servers to the end", async () => {
    await renderConsole("/executions/exec-large/report");
    const last = await screen.findByRole("region", { name: "Servers of Wave 50 (Tier 50)" }, { timeout: 50_000 });
    await waitFor(() => expect(last).toHaveTextContent("tier-5020"));
    expect(screen.queryByText(/more follow/)).toBeNull();
    expect(screen.getByText(/has not ended: this is not its last word/)).toBeVisible();
  });
  it("says what could not be read, and keeps the rest", async () => {
    server.use(refuses("get_execution_events", 500, "INTERNAL_ERROR"));
    await renderConsole("/executions/exec-completed/report");
    expect(await screen.findByText("Not all events could be read")).toBeVisible();
    expect(await screen.findByText(/Drill of Shop: report/, { selector: "h1 *, h1" })).toBeVisible();
  });
  it("is there for readers", async () => {
    server.use(answers("get_user_permissions", permissionsFor("DRSReadOnly")));
    await renderConsole("/executions/exec-completed/report");
    expect(await screen.findByRole("region", { name: "Waves" })).toBeVisible();
  });
  it("of an execution that is not there says so", async () => {
    server.use(refuses("get_execution", 404, "RESOURCE_NOT_FOUND"));
    await renderConsole("/executions/nothing/report");
    expect(await screen.findByText("The execution could not be read")).toBeVisible();
  });
});
