import { screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { IDLE_MILLISECONDS, lastInput } from "@/auth/idle-clock";
import * as cognito from "@/mocks/cognito";
import { renderConsole } from "@/testing/render-console";

async function signIn(password: string) {
  const { user } = await renderConsole("/not-a-page", { isSignedIn: false });
  await user.type(await screen.findByLabelText("User name"), "operator");
  await user.type(screen.getByLabelText("Password"), password);
  await user.click(screen.getByRole("button", { name: "Sign in" }));
  return user;
}

describe("signing in", () => {
  // requirement: UX-01
  it("says what is wrong and forgets nothing", async () => {
    await signIn(cognito.WRONG_PASSWORD);
    expect(await screen.findByText("User name or password is wrong.")).toBeVisible();
    expect(screen.getByLabelText("User name")).toHaveValue("operator");
  });
  // requirement: UX-01
  it("with a temporary password asks for one's own, then opens what was asked for", async () => {
    const user = await signIn(cognito.TEMPORARY_PASSWORD);
    await user.type(await screen.findByLabelText("New password"), "A-new-passw0rd");
    await user.click(screen.getByRole("button", { name: "Set password and sign in" }));
    expect(await screen.findByRole("heading", { name: "Page not found" })).toBeVisible();
  });
});

describe("a session that is found again", () => {
  // requirement: UX-21
  it("has ended if nobody was there for 45 minutes, whatever the browser still has", async () => {
    await cognito.signIn("operator", "right");
    lastInput.write(Date.now() - IDLE_MILLISECONDS);
    await renderConsole("/", { isSignedIn: false });
    expect(await screen.findByText("Your session ended after 45 minutes without input.")).toBeVisible();
    expect(await cognito.currentUser()).toBeUndefined();
  });
});
