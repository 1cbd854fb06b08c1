import { configure, screen, waitFor } from "@testing-library/react";
import { expect, it, onTestFinished, vi } from "vitest";
import { renderConsole } from "@/testing/render-console";
import { paths } from "./paths";
import { ROUTES } from "./route-table";

it("a page that is loaded only once the console is gone changes no address", async () => {
  const plans = ROUTES.find(({ path }) => path === paths.plans);
  if (plans === undefined) throw new Error("there is no list of plans");
  const { user, unmount } = await renderConsole(paths.groups);
  const load = plans.page;
  let arrives: () => void = () => undefined;
  const arrival = new Promise<void>((resolve) => {
    arrives = resolve;
  });
  const asked = vi.spyOn(plans, "page").mockImplementation(() => arrival.then(load));
  await user.click(await screen.findByRole("link", { name: plans.title }));
  await waitFor(() => expect(asked).toHaveBeenCalled());

  unmount();
  arrives();
  await asked.mock.results[0]?.value;
  await new Promise(setImmediate);

  expect(window.location.pathname).toBe(paths.groups);
});

it("a console whose effects React runs twice opens its page, and the one before when somebody goes back", async () => {
  configure({ reactStrictMode: true });
  onTestFinished(() => configure({ reactStrictMode: false }));
  const { user } = await renderConsole("/nowhere");
  await user.click(await screen.findByRole("link", { name: "Settings" }));
  await screen.findByRole("heading", { level: 1, name: "Settings" });

  window.history.back();

  expect(await screen.findByRole("heading", { level: 1, name: "Page not found" })).toBeVisible();
});
