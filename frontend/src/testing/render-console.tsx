import { render, screen, type RenderResult } from "@testing-library/react";
import userEvent, { PointerEventsCheckLevel, type UserEvent } from "@testing-library/user-event";
import { lastInput } from "@/auth/idle-clock";
import { SessionProvider } from "@/auth/session-context";
import type { RuntimeConfig } from "@/configuration/runtime-config";
import * as cognito from "@/mocks/cognito";
import { ENDPOINT } from "@/mocks/handlers";
import { Root } from "../root";

export const CONFIG: RuntimeConfig = {
  region: "us-east-1",
  apiEndpoint: `http://127.0.0.1:5173${ENDPOINT}`,
  cognitoUserPoolId: "us-east-1_played",
  cognitoClientId: "played",
};

/** The whole console at an address, with somebody signed in unless a test says otherwise. */
export async function renderConsole(
  path: string,
  { isSignedIn = true }: { isSignedIn?: boolean } = {},
): Promise<RenderResult & { user: UserEvent }> {
  await import("../console");
  window.history.replaceState(null, "", path);
  if (isSignedIn) {
    await cognito.signIn("operator", "right");
    lastInput.write(Date.now());
  }
  const rendered = render(
    <SessionProvider>
      <Root config={CONFIG} />
    </SessionProvider>,
  );
  return { ...rendered, user: userEvent.setup({ delay: null, pointerEventsCheck: PointerEventsCheckLevel.Never }) };
}

/** The heading of the page, once the console is there. */
export async function pageHeading(): Promise<HTMLElement> {
  return screen.findByRole("heading", { level: 1, name: /^(?!DRS Orchestration$)/ });
}
