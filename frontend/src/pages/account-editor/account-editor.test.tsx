import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { answers, exampleOf, isUnreachable, refuses } from "@/mocks/handlers";
import { permissionsFor } from "@/mocks/permissions";
import ACCOUNTS from "@/mocks/worlds/accounts";
import { notified } from "@/testing/notified";
import { renderConsole } from "@/testing/render-console";
import { server } from "@/testing/server";
import { draftOf, faults } from "./draft";

type User = Awaited<ReturnType<typeof renderConsole>>["user"];

const NEW = "/accounts/new";
const EDIT = "/accounts/111122223333/edit";
const EXAMPLE = exampleOf("get_target_account");

async function fill(user: User, label: string | RegExp, text: string): Promise<void> {
  await user.click(await screen.findByLabelText(label));
  await user.paste(text);
}

async function typeNew(user: User): Promise<void> {
  await fill(user, "Account id", "999900001111");
  await fill(user, /^Name/, "Branch");
  await fill(user, /^External id/, "a-secret-of-it");
}

const saved = (user: User) => user.click(screen.getByRole("button", { name: /^Add target account|^Save changes/ }));

describe("a new account", () => {
  // requirement: UX-15
  it("is sent as it was typed, and opened", async () => {
    let said: unknown;
    server.use(
      answers("add_target_account", async (request) => {
        said = await request.json();
        return { ...EXAMPLE, accountId: "999900001111", accountName: "Branch" };
      }),
      ...ACCOUNTS,
    );
    const { user } = await renderConsole(NEW);
    await typeNew(user);
    await saved(user);
    await notified("Branch is saved.");
    expect(said).toMatchObject({
      accountId: "999900001111",
      accountName: "Branch",
      roleArn: null,
      externalId: "a-secret-of-it",
      regions: [],
      status: "active",
    });
    await waitFor(() => expect(window.location.pathname).toBe("/accounts/999900001111"));
  });
  it("is not sent while something is wrong with it, which each field says", async () => {
    server.use(...ACCOUNTS);
    const { user } = await renderConsole(NEW);
    await fill(user, "Account id", "12");
    await fill(user, /^Role/, "arn:aws:iam::111122223333:role/Other");
    await saved(user);
    expect(screen.getByText("An account id has 12 digits.")).toBeVisible();
    expect(screen.getByText("The role is of account 111122223333, not of this one.")).toBeVisible();
    expect(screen.getByText("The account's role asks for it.")).toBeVisible();
  });
  it.each([
    ["a conflict", 409, "CONFLICT_ERROR", { reason: "NAME_EXISTS" }],
    ["a body that is too large", 413, "VALIDATION_ERROR", {}],
    ["a failed preflight", 422, "PREFLIGHT_FAILED", {}],
    ["a quota", 429, "THROTTLED", { retryAfterSeconds: 1 }],
    ["an error of the server", 500, "INTERNAL_ERROR", {}],
  ])("keeps what was typed after %s", async (_, status, code, details) => {
    server.use(refuses("add_target_account", status, code, details), ...ACCOUNTS);
    const { user } = await renderConsole(NEW);
    await typeNew(user);
    await saved(user);
    expect(await screen.findByText("The account was not saved")).toBeVisible();
    expect(screen.getByText("Request request-1")).toBeVisible();
    expect(screen.getByLabelText("Account id")).toHaveValue("999900001111");
    expect(screen.getByLabelText(/^External id/)).toHaveValue("a-secret-of-it");
  });
  // requirement: UX-22
  it("shows the fields that the API refuses at the fields", async () => {
    const fields = [{ field: "regions[0]", reason: "us-moon-1 is not a region of AWS DRS", code: "UNKNOWN_REGION" }];
    server.use(refuses("add_target_account", 400, "VALIDATION_ERROR", { fields }), ...ACCOUNTS);
    const { user } = await renderConsole(NEW);
    await typeNew(user);
    await saved(user);
    expect(await screen.findByText("us-moon-1 is not a region of AWS DRS")).toBeVisible();
  });
  it("can be sent again after there was no answer", async () => {
    server.use(isUnreachable("add_target_account"), ...ACCOUNTS);
    const { user } = await renderConsole(NEW);
    await typeNew(user);
    await saved(user);
    expect(await screen.findByText(/what you typed is still here/)).toBeVisible();
    server.use(answers("add_target_account", EXAMPLE));
    await saved(user);
    await notified(/ is saved\.$/);
  });
  // requirement: UX-25
  it("is not lost by leaving the page by mistake", async () => {
    server.use(...ACCOUNTS);
    const { user } = await renderConsole(NEW);
    await typeNew(user);
    await user.click(screen.getByRole("button", { name: "Cancel" }));
    await user.click(await screen.findByRole("button", { name: "Stay" }));
    expect(screen.getByLabelText("Account id")).toHaveValue("999900001111");
  });
  it("is refused to those who may not register any", async () => {
    server.use(answers("get_user_permissions", permissionsFor("DRSOperator")));
    await renderConsole(NEW);
    expect(await screen.findByText("You may not see this page")).toBeVisible();
    expect(screen.getByText(/register_accounts/)).toBeVisible();
  });
});

describe("an account that is edited", () => {
  it("keeps its external id unless another is typed", async () => {
    let said: unknown;
    server.use(
      answers("update_target_account", async (request) => {
        said = await request.json();
        return EXAMPLE;
      }),
      ...ACCOUNTS,
    );
    const { user } = await renderConsole(EDIT);
    await user.click(await screen.findByRole("radio", { name: /^Inactive/ }));
    await saved(user);
    await notified(/ is saved\.$/);
    expect(said).toMatchObject({ version: 1, status: "inactive", regions: ["us-west-2", "us-east-2"] });
    expect(said).not.toHaveProperty("externalId");
  });
  // requirement: UX-23
  it("that somebody else changed offers their version or mine", async () => {
    server.use(refuses("update_target_account", 409, "CONFLICT_ERROR", { reason: "VERSION_CONFLICT" }), ...ACCOUNTS);
    const { user } = await renderConsole(EDIT);
    const name = await screen.findByLabelText(/^Name/);
    await user.clear(name);
    await user.type(name, "Mine");
    await saved(user);
    expect(await screen.findByText("This account was changed by somebody else")).toBeVisible();
    expect(screen.getByRole("button", { name: /^Save changes/ })).toHaveAccessibleDescription(/whose version/);
    server.use(answers("get_target_account", { ...EXAMPLE, accountName: "Theirs", version: 8, status: "inactive" }));
    await user.click(screen.getByRole("button", { name: "Keep my changes" }));
    let said: unknown;
    server.use(
      answers("update_target_account", async (request) => {
        said = await request.json();
        return EXAMPLE;
      }),
    );
    expect(await screen.findByRole("radio", { name: /^Inactive/ })).toBeChecked();
    expect(screen.getByLabelText(/^Name/)).toHaveValue("Mine");
    await saved(user);
    await notified(/ is saved\.$/);
    expect(said).toMatchObject({ version: 8, accountName: "Mine", status: "inactive" });
  });
  it("that is not there says so", async () => {
    server.use(refuses("get_target_account", 404, "RESOURCE_NOT_FOUND"));
    await renderConsole(EDIT);
    expect(await screen.findByText("The account could not be read")).toBeVisible();
  });
});

describe("a draft", () => {
  const draft = { ...draftOf(EXAMPLE), roleArn: "" };
  it("takes roles of any partition, but of its own account", () => {
    const role = (roleArn: string) => faults({ ...draft, accountId: "111122223333", roleArn }, false).roleArn;
    expect(role("arn:aws-us-gov:iam::111122223333:role/path/Name")).toBeUndefined();
    expect(role("arn:aws-cn:iam::111122223333:role/Name")).toBeUndefined();
    expect(role("arn:aws:iam::999922223333:role/Name")).toMatch(/999922223333/);
    expect(role("Name")).toMatch(/looks like/);
  });
  it("has an external id that can be one", () => {
    const fault = (externalId: string, isNeeded = true) => faults({ ...draft, externalId }, isNeeded).externalId;
    expect(fault("short")).toBeDefined();
    expect(fault("with blank in it")).toBeDefined();
    expect(fault("")).toBeDefined();
    expect(fault("", false)).toBeUndefined();
    expect(fault("long-enough")).toBeUndefined();
  });
});
