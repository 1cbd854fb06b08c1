import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { answers, refuses } from "@/mocks/handlers";
import { permissionsFor } from "@/mocks/permissions";
import { DIAMOND, GROUPS } from "@/mocks/worlds/recovery-plans";
import { renderConsole } from "@/testing/render-console";
import { server } from "@/testing/server";

const PATH = `/recovery-plans/${DIAMOND.planId}`;

describe("a recovery plan", () => {
  it("shows its waves, what each waits for, and its groups by name", async () => {
    server.use(answers("get_recovery_plan", DIAMOND), answers("list_protection_groups", { items: GROUPS }));
    await renderConsole(PATH);
    const row = within(await screen.findByRole("row", { name: /^4\. Front/ }));
    expect(await row.findByText("Frontends")).toBeVisible();
    expect(row.getByText("wave 2, wave 3")).toBeVisible();
    expect(row.getByText("Until somebody approves")).toBeVisible();
  });
  it("is deleted after being asked, and stays if the API refuses", async () => {
    server.use(refuses("delete_recovery_plan", 409, "CONFLICT_ERROR", { reason: "ACTIVE_EXECUTION" }));
    const { user } = await renderConsole(PATH);
    const button = await screen.findByRole("button", { name: "Delete" });
    await waitFor(() => expect(button).not.toHaveAttribute("aria-disabled", "true"));
    await user.click(button);
    const dialog = await screen.findByRole("dialog", { name: "Delete the plan Shop?" });
    await user.click(within(dialog).getByRole("button", { name: "Delete 1 plan" }));
    expect(await within(dialog).findByText("Refused as CONFLICT_ERROR")).toBeVisible();
  });
  it("says so when there is none", async () => {
    server.use(refuses("get_recovery_plan", 404, "NOT_FOUND"));
    await renderConsole(PATH);
    expect(await screen.findByText("The plan could not be read")).toBeVisible();
  });
  it("is only looked at by readers, who see why", async () => {
    server.use(answers("get_user_permissions", permissionsFor("DRSReadOnly")));
    await renderConsole(PATH);
    expect(await screen.findByRole("button", { name: /Delete/ })).toHaveAccessibleDescription(/delete_recovery_plans/);
  });
});
