import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { answers, exampleOf, refuses } from "@/mocks/handlers";
import { permissionsFor } from "@/mocks/permissions";
import { renderConsole } from "@/testing/render-console";
import { server } from "@/testing/server";

const GROUP = exampleOf("get_protection_group");
const EDIT = `/protection-groups/${GROUP.groupId}/edit`;

async function typeDescription(text: string) {
  const { user } = await renderConsole(EDIT);
  const field = await screen.findByLabelText("Description");
  await user.clear(field);
  await user.type(field, text);
  return user;
}

describe("the editor of a group", () => {
  // requirement: UX-04
  it("sends what was changed and nothing else", async () => {
    let sent: unknown;
    server.use(
      answers("update_protection_group", async (request) => {
        sent = await request.json();
        return GROUP;
      }),
    );
    const user = await typeDescription("new");
    await user.click(screen.getByRole("button", { name: "Save changes" }));
    await waitFor(() => expect(sent).toEqual({ version: 1, description: "new", applyLaunchConfigs: false }));
  });
  it("keeps what was typed over what somebody else saved", async () => {
    server.use(refuses("update_protection_group", 409, "CONFLICT_ERROR", { reason: "VERSION_CONFLICT" }));
    const user = await typeDescription("mine");
    await user.click(screen.getByRole("button", { name: "Save changes" }));
    expect(await screen.findByText("This group was changed by somebody else")).toBeVisible();
    server.use(answers("get_protection_group", { ...GROUP, version: 2, owner: "Their team" }));
    await user.click(screen.getByRole("button", { name: "Keep my changes" }));
    await waitFor(() => expect(screen.getByLabelText("Owner")).toHaveValue("Their team"));
    expect(screen.getByLabelText("Description")).toHaveValue("mine");
  });
  it("shows a refused field where it is", async () => {
    const fields = [{ field: "groupName", reason: "Another group has this name", code: "NAME" }];
    server.use(refuses("update_protection_group", 400, "VALIDATION_ERROR", { fields }));
    const user = await typeDescription("mine");
    await user.click(screen.getByRole("button", { name: "Save changes" }));
    expect(await screen.findByText("Another group has this name")).toBeVisible();
  });
  it("says what is missing of a new group", async () => {
    const { user } = await renderConsole("/protection-groups/new");
    await user.click(await screen.findByRole("button", { name: "Create protection group" }));
    expect(await screen.findByText("Something is missing")).toBeVisible();
  });
  it("is closed to readers, and says why", async () => {
    server.use(answers("get_user_permissions", permissionsFor("DRSReadOnly")));
    await renderConsole(EDIT);
    expect(await screen.findByText("You may not see this page")).toBeVisible();
  });
});
