import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { answers, refuses } from "@/mocks/handlers";
import { permissionsFor } from "@/mocks/permissions";
import { ROUTES } from "@/routes/route-table";
import { pageHeading, renderConsole } from "@/testing/render-console";
import { server } from "@/testing/server";

const PARAMETERS = /:\w+/g;

describe("the shell", () => {
  it.each(ROUTES.map(({ path }) => path))("opens %s", async (path) => {
    await renderConsole(path.replace(PARAMETERS, "an-id").replace("*", "nowhere"));
    await pageHeading();
    expect(screen.queryByText("This page failed")).toBeNull();
  });
  it("calls the window after the page", async () => {
    await renderConsole("/protection-groups");
    await waitFor(() => expect(document.title).toBe("Protection groups - DRS Orchestration"));
  });
  // requirement: UX-19
  it("tells whoever has no role what to do", async () => {
    server.use(answers("get_user_permissions", { user: "somebody", roles: [], permissions: [] }));
    await renderConsole("/");
    expect(await screen.findByText("You have no role yet")).toBeVisible();
  });
  // requirement: UX-18
  it("shows readers what they may not do, and why", async () => {
    server.use(answers("get_user_permissions", permissionsFor("DRSReadOnly")));
    await renderConsole("/protection-groups");
    const button = await screen.findByRole("button", { name: /Create protection group/ });
    expect(button).toHaveAttribute("aria-disabled", "true");
    expect(button).toHaveAccessibleDescription(/create_protection_groups/);
  });
  // requirement: UX-24
  it("asks the same person to sign in again over the open page when a token is good no more", async () => {
    server.use(refuses("list_protection_groups", 401, "AUTHENTICATION_ERROR"));
    const { user } = await renderConsole("/protection-groups");
    const dialog = await screen.findByRole("dialog", { name: "Your session has ended" });
    expect(within(dialog).getByText("You are operator.")).toBeVisible();
    server.use(answers("list_protection_groups", { items: [] }));
    await user.type(within(dialog).getByLabelText("Password"), "right");
    await user.click(within(dialog).getByRole("button", { name: "Sign in" }));
    await waitFor(() => expect(screen.queryByRole("dialog", { name: "Your session has ended" })).toBeNull());
    expect(await screen.findByRole("heading", { name: /Protection groups/ })).toBeVisible();
  });
});
