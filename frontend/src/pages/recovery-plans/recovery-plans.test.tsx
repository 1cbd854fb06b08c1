import { screen, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { answers, exampleOf, refuses } from "@/mocks/handlers";
import { permissionsFor } from "@/mocks/permissions";
import { DIAMOND, GROUPS } from "@/mocks/worlds/recovery-plans";
import { partFor } from "@/components/plan-export";
import { renderConsole } from "@/testing/render-console";
import { server } from "@/testing/server";

const PLANS = { items: [DIAMOND] };

describe("the recovery plans", () => {
  // requirement: UX-07
  it("say where they recover, how they went last, and what that took", async () => {
    const [execution] = exampleOf("list_executions").items;
    server.use(
      answers("list_recovery_plans", PLANS),
      answers("list_protection_groups", { items: GROUPS }),
      answers("list_executions", { items: execution === undefined ? [] : [{ ...execution, status: "PARTIAL" }] }),
    );
    await renderConsole("/recovery-plans");
    const row = (await screen.findByRole("link", { name: "Shop" })).closest("tr");
    const cells = within(row ?? document.body);
    expect(await cells.findByText("444455556666 us-west-2")).toBeVisible();
    expect(await cells.findByText("Partly completed")).toBeVisible();
    expect(await cells.findByText("40 min 14 s / 1 h")).toBeVisible();
  });
  // requirement: UX-07
  it("can be run once one is chosen", async () => {
    server.use(answers("list_recovery_plans", PLANS));
    const { user } = await renderConsole("/recovery-plans");
    expect(await screen.findByRole("button", { name: /Run recovery/ })).toHaveAttribute("aria-disabled", "true");
    await user.click(await screen.findByRole("radio", { name: "Choose Shop" }));
    await user.click(screen.getByRole("button", { name: /Run recovery/ }));
    expect(await screen.findByRole("heading", { level: 1, name: /Run recovery/ })).toBeVisible();
  });
  it("say so when they cannot be read", async () => {
    server.use(refuses("list_recovery_plans", 403, "AUTHORIZATION_ERROR"));
    await renderConsole("/recovery-plans");
    expect(await screen.findByText("Refused as AUTHORIZATION_ERROR")).toBeVisible();
  });
  it("are only looked at by readers, who see why", async () => {
    server.use(answers("get_user_permissions", permissionsFor("DRSReadOnly")));
    await renderConsole("/recovery-plans");
    expect(await screen.findByRole("button", { name: /Run drill/ })).toHaveAccessibleDescription(/start_recovery/);
    expect(screen.getByRole("button", { name: /Export/ })).toHaveAccessibleDescription(/export_configuration/);
  });
});

describe("the export of one plan", () => {
  it("holds the groups of its waves and no others", () => {
    const whole = exampleOf("export_configuration");
    const more = { ...whole, protectionGroups: [...whole.protectionGroups, { groupName: "Another" }] };
    expect(partFor("Shop front", more).protectionGroups).toEqual(whole.protectionGroups);
  });
});
