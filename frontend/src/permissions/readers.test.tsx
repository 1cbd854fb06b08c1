import { cleanup } from "@testing-library/react";
import { expect, it } from "vitest";
import { operationOf } from "@/mocks/handlers";
import { server } from "@/testing/server";
import { mayCall, maySee, openAs, VIEWS } from "@/testing/views";

const ROLE = "DRSReadOnly";
const MOST = 60;

/** The buttons that can be pressed, by name and by how many of that name are before; those that open a tab are the last. */
function pressable(): [string, HTMLElement][] {
  const found = new Map<string, HTMLElement>();
  for (const button of document.querySelectorAll<HTMLElement>("#content button, [role=dialog] button")) {
    const name = button.getAttribute("aria-label") ?? button.textContent;
    const isOff = button.getAttribute("aria-disabled") === "true" || button.hasAttribute("disabled");
    if (isOff || name === "") continue;
    const before = [...found.keys()].filter((key) => key.startsWith(`${name}#`)).length;
    found.set(`${name}#${before}`, button);
  }
  const isTab = (button: HTMLElement): number => Number(button.getAttribute("role") === "tab");
  return [...found].sort(([, one], [, other]) => isTab(one) - isTab(other));
}

// Tabs are pressed too, and one execution has the buttons of all.
const PAGES = new Map(VIEWS.map((view) => [view.path.replace(/\?.*/, "").replace(/exec-\w+$/, ""), view] as const));

it.each([...PAGES.values()].filter(({ path }) => maySee(ROLE, path)))(
  "whoever only reads may press every button of $path, and asks for nothing that is refused",
  async (view) => {
    const refused: string[] = [];
    const listen = ({ request }: { request: Request }): void => {
      const operation = operationOf(request);
      if (operation === undefined || !mayCall(ROLE, operation)) refused.push(`${request.method} ${request.url}`);
    };
    server.events.on("request:start", listen);
    const pressed = new Set<string>();
    const next = () => pressable().find(([name]) => !pressed.has(name));

    let user = await openAs(ROLE, view);
    for (let found = next(); found !== undefined; found = next()) {
      expect(pressed.size).toBeLessThan(MOST);
      pressed.add(found[0]);
      await user.click(found[1]);
      if (window.location.pathname !== view.path.replace(/\?.*/, "")) {
        cleanup();
        user = await openAs(ROLE, view);
      }
    }

    expect(refused).toEqual([]);
  },
);
