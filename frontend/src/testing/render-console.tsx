import { render, screen, type RenderResult } from "@testing-library/react";
import { matchRoutes } from "react-router";
import userEvent, { PointerEventsCheckLevel, type UserEvent } from "@testing-library/user-event";
import { lastInput } from "@/auth/idle-clock";
import { SessionProvider } from "@/auth/session-context";
import type { RuntimeConfig } from "@/configuration/runtime-config";
import * as cognito from "@/mocks/cognito";
import { ENDPOINT } from "@/mocks/handlers";
import { ROUTES } from "@/routes/route-table";
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
  await Promise.all([import("../console"), pageAt(path)]);
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

/** Loads the code of the page at an address, so that waiting for what the page shows is not waiting for its code. */
async function pageAt(path: string): Promise<unknown> {
  const routes = ROUTES.map((route) => ({ path: route.path, handle: route }));
  return matchRoutes(routes, new URL(path, window.location.href))?.at(-1)?.route.handle.page();
}

/** The heading of the page, once the console is there. */
export async function pageHeading(): Promise<HTMLElement> {
  return screen.findByRole("heading", { level: 1, name: /^(?!DRS Orchestration$)/ });
}
