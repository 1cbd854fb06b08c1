import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { answers, exampleOf, isUnreachable, refuses } from "@/mocks/handlers";
import { permissionsFor } from "@/mocks/permissions";
import ACCOUNTS from "@/mocks/worlds/accounts";
import { notified } from "@/testing/notified";
import { renderConsole } from "@/testing/render-console";
import { server } from "@/testing/server";

const chooseProduction = async (user: Awaited<ReturnType<typeof renderConsole>>["user"]) =>
  user.click(await screen.findByRole("radio", { name: "Choose Production" }));

describe("the accounts", () => {
  it("tell how full each is in its regions, and what could not be read", async () => {
    server.use(...ACCOUNTS);
    await renderConsole("/accounts");
    const row = await screen.findByRole("row", { name: /Production/ });
    expect(await within(row).findByText("us-west-2")).toBeVisible();
    expect(row).toHaveTextContent(/Replicates 236 of 300.*Nearly full/);
    expect(row).toHaveTextContent(/Can recover 277 of 4000.*Room enough/);
    expect(row).toHaveTextContent(/Staging account 777788889999 replicates 41 of 300/);
    expect(screen.getByRole("row", { name: /Applications/ })).toHaveTextContent(/external id is another/);
    expect(screen.getByRole("row", { name: /Retired/ })).toHaveTextContent(/Not asked while it is inactive/);
    expect(screen.getByRole("link", { name: "account 123456789012, the hub" })).toBeVisible();
  });
  // requirement: UX-29
  it("are cards on a phone, which nothing of them is cut off by", async () => {
    const isPhone = Object.assign(new EventTarget(), { media: "", matches: true, onchange: null });
    vi.spyOn(window, "matchMedia").mockReturnValue(isPhone as MediaQueryList);
    server.use(...ACCOUNTS);
    await renderConsole("/accounts");
    const row = await screen.findByRole("row", { name: /Production/ });
    expect(within(row).getAllByRole("cell")).toHaveLength(2);
    expect(row).toHaveTextContent(/111122223333.*Status.*Active.*Regions and quotas.*Role.*Staging accounts/);
    expect(screen.queryByRole("columnheader", { name: "Status" })).toBeNull();
  });
  it("are validated all at once, each with what to do", async () => {
    server.use(...ACCOUNTS);
    const { user } = await renderConsole("/accounts");
    await screen.findByRole("row", { name: /Production/ });
    await user.click(screen.getByRole("button", { name: "Validate all" }));
    await waitFor(() => expect(screen.getAllByText("The hub gets in, 1 region")).toHaveLength(2));
    const closed = screen.getByRole("row", { name: /Applications/ });
    expect(within(closed).getByText("The hub does not get in")).toBeVisible();
    expect(within(closed).getByText(/that it trusts the hub/)).toBeVisible();
  });
  it("say that a validation had no answer, and try again", async () => {
    server.use(isUnreachable("validate_target_account"), ...ACCOUNTS);
    const { user } = await renderConsole("/accounts");
    await user.click(await screen.findByRole("button", { name: "Validate Production" }));
    expect(await screen.findByText(/Could not be validated/, {}, { timeout: 20_000 })).toBeVisible();
    server.use(...ACCOUNTS);
    await user.click(screen.getByRole("button", { name: "Validate Production" }));
    expect(await screen.findByText("The hub gets in, 1 region")).toBeVisible();
  });
  it("say what to do where there is none", async () => {
    server.use(answers("list_target_accounts", { items: [] }), ...ACCOUNTS);
    await renderConsole("/accounts");
    expect(await screen.findByText(/No target account is registered/)).toBeVisible();
    expect(screen.getByRole("button", { name: /^Validate all/ })).toHaveAccessibleDescription(
      "There is no account to validate.",
    );
  });
  it("say why they could not be read, and why their capacities could not", async () => {
    server.use(refuses("list_target_accounts", 403, "AUTHORIZATION_ERROR"), ...ACCOUNTS);
    await renderConsole("/accounts");
    expect(await screen.findByText("The target accounts could not be read")).toBeVisible();
    expect(screen.getByText("Refused as AUTHORIZATION_ERROR")).toBeVisible();
  });
  it("are shown without their capacities when these could not be read", async () => {
    server.use(refuses("get_all_capacity", 400, "VALIDATION_ERROR"), ...ACCOUNTS);
    await renderConsole("/accounts");
    expect(await screen.findAllByText("Could not be read: Refused as VALIDATION_ERROR")).toHaveLength(2);
  });
  it("are not removed while they are in use, and the dialog says so", async () => {
    server.use(refuses("delete_target_account", 409, "CONFLICT_ERROR", { reason: "IN_USE" }), ...ACCOUNTS);
    const { user } = await renderConsole("/accounts");
    await chooseProduction(user);
    await user.click(screen.getByRole("button", { name: "Remove" }));
    const dialog = await screen.findByRole("dialog", { name: "Remove the account Production?" });
    expect(within(dialog).getByText(/111122223333 and its 1 staging account are forgotten/)).toBeVisible();
    await user.click(within(dialog).getByRole("button", { name: "Remove account 111122223333" }));
    expect(await within(dialog).findByText("It was not done")).toBeVisible();
  });
  // requirement: UX-15
  it("are removed with the version that was seen", async () => {
    let asked = "";
    server.use(
      answers("delete_target_account", (request) => {
        asked = new URL(request.url).search;
        return undefined;
      }),
      ...ACCOUNTS,
    );
    const { user } = await renderConsole("/accounts");
    await chooseProduction(user);
    await user.click(screen.getByRole("button", { name: "Remove" }));
    const dialog = await screen.findByRole("dialog");
    await user.click(within(dialog).getByRole("button", { name: /^Remove account/ }));
    await notified("Production is no target account any more.");
    expect(asked).toBe(`?version=${exampleOf("get_target_account").version}`);
  });
  it("show readers what they may not do, and why", async () => {
    server.use(answers("get_user_permissions", permissionsFor("DRSReadOnly")), ...ACCOUNTS);
    await renderConsole("/accounts");
    expect(await screen.findByRole("button", { name: /^Add target account/ })).toHaveAccessibleDescription(
      /register_accounts/,
    );
    expect(screen.getByRole("button", { name: /^Edit/ })).toHaveAccessibleDescription(/modify_accounts/);
    expect(screen.getByRole("button", { name: /^Remove/ })).toHaveAccessibleDescription(/delete_accounts/);
    expect(screen.getByRole("button", { name: "Validate all" })).toBeEnabled();
  });
});
