import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { answers, exampleOf, refuses } from "@/mocks/handlers";
import { permissionsFor } from "@/mocks/permissions";
import { notified } from "@/testing/notified";
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

describe("deleting executions", () => {
  const [ENDED] = exampleOf("list_executions").items;
  if (ENDED === undefined) throw new Error("the contract has no example of an execution");
  const list = [
    { ...ENDED, executionId: "exec-1", planName: "Shop", status: "COMPLETED" as const, serverCount: 6 },
    { ...ENDED, executionId: "exec-2", planName: "Bank", status: "CANCELLED" as const, serverCount: 3 },
    { ...ENDED, executionId: "exec-3", planName: "Post", status: "RUNNING" as const, serverCount: 1 },
  ];
  const listed = answers("list_executions", (request) =>
    new URL(request.url).searchParams.has("status") ? { items: [] } : { items: list },
  );
  const choose = async (...plans: string[]) => {
    server.use(listed);
    const { user } = await renderConsole("/executions");
    for (const plan of plans) {
      await user.click(await screen.findByRole("checkbox", { name: new RegExp(`^Choose ${plan}`) }));
    }
    return user;
  };
  const button = () => screen.findByRole("button", { name: /^Delete/ });

  // requirement: UX-38
  it("says what goes with them and what stays, and names each", async () => {
    const asked: string[][] = [];
    server.use(
      answers("delete_executions", (request) => {
        asked.push(new URL(request.url).searchParams.getAll("executionIds"));
        return undefined;
      }),
    );
    const user = await choose("Shop", "Bank");
    await user.click(await button());
    const dialog = await screen.findByRole("dialog", { name: "Delete 2 executions?" });
    expect(within(dialog).getByText(/goes for good: waves, 9 servers/)).toBeVisible();
    expect(within(dialog).getByText(/of Shop, .*: Completed$/)).toBeVisible();
    expect(within(dialog).getByText(/of Bank, .*: Cancelled$/)).toBeVisible();

    await user.click(within(dialog).getByRole("button", { name: "Delete 2 executions" }));

    await notified("2 executions are deleted.");
    expect(asked).toEqual([["exec-1", "exec-2"]]);
    expect(await button()).toHaveAccessibleDescription(/Choose executions that have ended/);
  });
  it("waits for the end of those that go on", async () => {
    await choose("Shop", "Post");
    expect(await button()).toHaveAccessibleDescription("1 execution has not ended: Post is running.");
  });
  it("shows in the dialog why it was refused, and looks what is gone all the same", async () => {
    const user = await choose("Shop");
    server.use(refuses("delete_executions", 429, "THROTTLED"));
    await user.click(await button());
    const dialog = await screen.findByRole("dialog", { name: "Delete 1 execution?" });
    server.use(answers("list_executions", { items: [] }));

    await user.click(within(dialog).getByRole("button", { name: "Delete 1 execution" }));

    expect(await within(dialog).findByText("Refused as THROTTLED")).toBeVisible();
    await waitFor(() => expect(screen.getByText("Nothing was ever run.")).toBeInTheDocument());
  });
  it("is for administrators, which others are told", async () => {
    server.use(answers("get_user_permissions", permissionsFor("DRSRecoveryManager")));
    await choose("Shop");
    expect(await button()).toHaveAccessibleDescription(/delete_executions/);
  });
});

describe("the filters", () => {
  // requirement: UX-10
  it("survive the address, and what is none is left out", () => {
    const search = new URLSearchParams("status=RUNNING&type=NOTHING&planId=plan-1&from=yesterday");
    expect(searchOf(filtersOf(search))).toEqual({ status: "RUNNING", planId: "plan-1" });
  });
});
