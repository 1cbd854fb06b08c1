import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { answers, exampleOf, refuses } from "@/mocks/handlers";
import { permissionsFor } from "@/mocks/permissions";
import { renderConsole } from "@/testing/render-console";
import { server } from "@/testing/server";
import { filtersOf, searchOf } from "./filters";

describe("the executions", () => {
  // requirement: UX-10
  it("show what runs above everything that ever ran", async () => {
    await renderConsole("/executions");
    const active = await screen.findByRole("grid", { name: "Active" });
    expect(await within(active).findByText("Running")).toBeVisible();
    const all = screen.getByRole("grid", { name: "Executions" });
    expect(await within(all).findByRole("link", { name: /2026-01-29/ })).toBeVisible();
  });
  it("are asked for by the filters of the address", async () => {
    const asked: URLSearchParams[] = [];
    server.use(
      answers("list_executions", (request) => {
        asked.push(new URL(request.url).searchParams);
        return { items: [] };
      }),
    );
    await renderConsole("/executions?status=PARTIAL&type=DRILL&from=2026-01-01T00:00:00Z&until=2026-02-01T00:00:00Z");
    expect(await screen.findByText("No execution is like that.")).toBeVisible();
    const [query] = asked.filter((each) => each.has("executionType"));
    expect(query?.get("status")).toBe("PARTIAL");
    expect(query?.get("startedAfter")).toBe("2026-01-01T00:00:00.000Z");
  });
  it("go on with the token of the page before", async () => {
    const example = exampleOf("list_executions");
    const tokens: (string | null)[] = [];
    server.use(
      answers("list_executions", (request) => {
        const query = new URL(request.url).searchParams;
        if (!query.has("status")) tokens.push(query.get("nextToken"));
        return { ...example, nextToken: query.has("nextToken") || query.has("status") ? undefined : "second" };
      }),
    );
    const { user } = await renderConsole("/executions");
    await user.click(await screen.findByRole("button", { name: "Page 2" }));
    await waitFor(() => expect(tokens).toContain("second"));
  });
  it("say so when they cannot be read", async () => {
    server.use(refuses("list_executions", 403, "AUTHORIZATION_ERROR"));
    await renderConsole("/executions");
    expect(await screen.findByText("The executions could not be read")).toBeVisible();
  });
  it("are there for readers", async () => {
    server.use(answers("get_user_permissions", permissionsFor("DRSReadOnly")));
    await renderConsole("/executions");
    expect(await screen.findByRole("grid", { name: "Executions" })).toBeVisible();
  });
});

describe("the filters", () => {
  // requirement: UX-10
  it("survive the address, and what is none is left out", () => {
    const search = new URLSearchParams("status=RUNNING&type=NOTHING&planId=plan-1&from=yesterday");
    expect(searchOf(filtersOf(search))).toEqual({ status: "RUNNING", planId: "plan-1" });
  });
});
