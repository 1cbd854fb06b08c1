import { screen, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { answers, exampleOf, refuses } from "@/mocks/handlers";
import { permissionsFor } from "@/mocks/permissions";
import { renderConsole } from "@/testing/render-console";
import { server } from "@/testing/server";

const GROUP = exampleOf("get_protection_group");
const PATH = `/protection-groups/${GROUP.groupId}`;

describe("a protection group", () => {
  // requirement: UX-06
  it("shows how far a run is", async () => {
    await renderConsole(PATH);
    expect(await screen.findByText("Applying the launch settings")).toBeVisible();
    expect(await screen.findByText(/1 of 1 server/)).toBeVisible();
  });
  // requirement: UX-06
  it("names before applying how many servers, and where", async () => {
    server.use(
      answers("get_launch_config_status", {
        ...exampleOf("get_launch_config_status"),
        run: undefined,
        nextToken: undefined,
      }),
    );
    const { user } = await renderConsole(PATH);
    await screen.findByText("(6)");
    await user.click(await screen.findByRole("button", { name: "Apply launch settings" }));
    const dialog = await screen.findByRole("dialog", { name: "Apply the launch settings to 6 servers?" });
    expect(within(dialog).getByText(/in account 111122223333/)).toBeVisible();
    server.use(refuses("apply_launch_configs", 409, "CONFLICT_ERROR", { reason: "SYNC_IN_PROGRESS" }));
    await user.click(within(dialog).getByRole("button", { name: "Apply to 6 servers" }));
    expect(await within(dialog).findByText("It was not done")).toBeVisible();
  });
  it("shows readers what they may not do", async () => {
    server.use(answers("get_user_permissions", permissionsFor("DRSReadOnly")));
    await renderConsole(PATH);
    const button = await screen.findByRole("button", { name: /^Edit/ });
    expect(button).toHaveAccessibleDescription(/modify_protection_groups/);
  });
});
