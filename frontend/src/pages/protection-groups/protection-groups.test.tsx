import { screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { answers, exampleOf, refuses } from "@/mocks/handlers";
import { permissionsFor } from "@/mocks/permissions";
import { renderConsole } from "@/testing/render-console";
import { server } from "@/testing/server";
import { matches, namePrefixOf } from "./filters";

const [GROUP] = exampleOf("list_protection_groups").items;
const [PLAN] = exampleOf("list_recovery_plans").items;
if (GROUP === undefined || PLAN === undefined) throw new Error("the contract has no examples");

describe("the protection groups", () => {
  // requirement: UX-03
  it("tell who uses them and how far their launch settings are", async () => {
    const waves = PLAN.waves.map((wave) => ({ ...wave, protectionGroupIds: [GROUP.groupId] }));
    server.use(
      answers("list_recovery_plans", { items: [{ ...PLAN, planName: "Shop", waves }] }),
      answers("get_launch_config_status", {
        ...exampleOf("get_launch_config_status"),
        counts: { DRIFTED: 2, APPLIED: 4 },
        run: undefined,
      }),
    );
    await renderConsole("/protection-groups");
    expect(await screen.findByRole("link", { name: "Shop" })).toBeVisible();
    expect(await screen.findByText("Changed elsewhere")).toBeVisible();
  });
  it("say why they could not be read, and offer to try again", async () => {
    server.use(refuses("list_protection_groups", 403, "AUTHORIZATION_ERROR"));
    await renderConsole("/protection-groups");
    expect(await screen.findByText("The protection groups could not be read")).toBeVisible();
  });
  it("show readers why they may not create one", async () => {
    server.use(answers("get_user_permissions", permissionsFor("DRSReadOnly")));
    await renderConsole("/protection-groups");
    const button = await screen.findByRole("button", { name: /Create protection group/ });
    expect(button).toHaveAccessibleDescription(/create_protection_groups/);
  });
});

describe("a filter of groups", () => {
  const token = (propertyKey: string, operator: string, value: string) => ({
    operation: "and" as const,
    tokens: [{ propertyKey, operator, value }],
  });
  it("is left to the API where that can", () => {
    expect(namePrefixOf(token("groupName", "^", "Data"))).toBe("Data");
    expect(namePrefixOf(token("region", "=", "us-west-2"))).toBeUndefined();
  });
  // requirement: UX-03
  it("looks at any property otherwise", () => {
    expect(matches(GROUP, token("tag", ":", "database"))).toBe(true);
    expect(matches(GROUP, token("selection", "=", "by list"))).toBe(false);
    expect(matches(GROUP, token("region", "!=", "us-west-2"))).toBe(false);
  });
});
