import { getResponse, type HttpHandler } from "msw";
import type { Page } from "playwright-core";
import { contractHandlers } from "@/mocks/handlers";
import { PERMISSIONS } from "@/mocks/permissions";
import type { SystemFacts } from "./system.ts";

/** Has the page see a system that is played, in the place of its own, which only signs people in. */
export async function playWorld(page: Page, system: SystemFacts, world: readonly HttpHandler[]): Promise<void> {
  const handlers = [...world, ...PERMISSIONS, ...contractHandlers()];
  await page.route(`${system.environment.API_ENDPOINT ?? ""}/**`, async (route) => {
    const asked = route.request();
    const played = await getResponse(handlers, new Request(asked.url(), { method: asked.method() }));
    if (played === undefined) throw new Error(`${asked.method()} ${asked.url()} is no operation`);
    const headers = { "content-type": "application/json", "access-control-allow-origin": system.console };
    await route.fulfill({ status: played.status, headers, body: await played.text() });
  });
}
