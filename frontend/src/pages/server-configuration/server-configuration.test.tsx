import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { answers, exampleOf, refuses } from "@/mocks/handlers";
import { permissionsFor } from "@/mocks/permissions";
import { renderConsole } from "@/testing/render-console";
import { server } from "@/testing/server";

const GROUP = exampleOf("get_protection_group");
const PATH = `/protection-groups/${GROUP.groupId}/servers/s-1111111111111db01`;

describe("the configuration of a server", () => {
  it("says what the API has against the address that is kept", async () => {
    await renderConsole(PATH);
    expect(await screen.findByText(/is the address of eni-/)).toBeVisible();
  });
  // requirement: UX-05
  it("has the API look at the address that is typed, and saves it over what the group says", async () => {
    const looked: unknown[] = [];
    let sent: unknown;
    server.use(
      answers("validate_static_ip", async (request) => {
        looked.push(await request.json());
        return { ...exampleOf("validate_static_ip"), valid: true, violations: [] };
      }),
      answers("update_server_launch_config", async (request) => {
        sent = await request.json();
        return exampleOf("update_server_launch_config");
      }),
    );
    const { user } = await renderConsole(PATH);
    const field = await screen.findByLabelText("Static private IP");
    await user.clear(field);
    await user.type(field, "10.0.1.77");
    await waitFor(() => expect(looked).toContainEqual(expect.objectContaining({ staticPrivateIp: "10.0.1.77" })));
    await user.click(screen.getByRole("button", { name: "Save changes" }));
    await waitFor(() => expect(sent).toMatchObject({ version: 1, launchTemplate: { staticPrivateIp: "10.0.1.77" } }));
  });
  it("offers both ways where somebody else saved, and loses nothing", async () => {
    server.use(refuses("update_server_launch_config", 409, "CONFLICT_ERROR", { reason: "VERSION_CONFLICT" }));
    const { user } = await renderConsole(PATH);
    const field = await screen.findByLabelText("Static private IP");
    await user.clear(field);
    await user.type(field, "10.0.1.77");
    await user.click(screen.getByRole("button", { name: "Save changes" }));
    await user.click(await screen.findByRole("button", { name: "Keep my changes" }));
    await waitFor(() => expect(screen.queryByText("This group was changed by somebody else")).toBeNull());
    expect(screen.getByLabelText("Static private IP")).toHaveValue("10.0.1.77");
  });
  it("shows readers why they may not save", async () => {
    server.use(answers("get_user_permissions", permissionsFor("DRSReadOnly")));
    await renderConsole(PATH);
    const button = await screen.findByRole("button", { name: /Save changes/ });
    expect(button).toHaveAccessibleDescription(/modify_protection_groups/);
  });
});
