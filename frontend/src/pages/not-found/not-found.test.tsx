import { screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { answers } from "@/mocks/handlers";
import { permissionsFor } from "@/mocks/permissions";
import { renderConsole } from "@/testing/render-console";
import { server } from "@/testing/server";

describe("an address without a page", () => {
  it("says so, keeps the navigation, and leads to the dashboard", async () => {
    const { user } = await renderConsole("/nowhere/at/all");
    expect(await screen.findByRole("heading", { level: 1, name: "Page not found" })).toBeVisible();
    expect(screen.getByRole("link", { name: "Executions" })).toBeVisible();
    await user.click(screen.getByRole("link", { name: "Go to the dashboard" }));
    expect(await screen.findByRole("heading", { level: 1, name: "Dashboard" })).toBeVisible();
    expect(window.location.pathname).toBe("/");
  });
  it("shows its address as text, whatever it is", async () => {
    await renderConsole("/%3Cscript%3Ealert(1)%3C/script%3E");
    expect(await screen.findByRole("heading", { level: 1, name: "Page not found" })).toBeVisible();
    expect(document.querySelector("#content script")).toBeNull();
  });
  it("is the same for readers", async () => {
    server.use(answers("get_user_permissions", permissionsFor("DRSReadOnly")));
    await renderConsole("/nowhere");
    expect(await screen.findByRole("link", { name: "Go to the dashboard" })).toHaveAttribute("href", "/");
  });
});
