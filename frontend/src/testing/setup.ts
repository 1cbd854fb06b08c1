import "@testing-library/jest-dom/vitest";
import { cleanup, configure } from "@testing-library/react";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { contractHandlers } from "@/mocks/handlers";
import { PERMISSIONS } from "@/mocks/permissions";
import { server } from "./server";

// What jsdom lacks and Cloudscape asks for. Not stubbed by Vitest: what it stubs is gone after the test.
globalThis.ResizeObserver = class {
  observe(): void {
    // nothing is ever laid out here
  }
  unobserve(): void {
    // nothing is ever laid out here
  }
  disconnect(): void {
    // nothing is ever laid out here
  }
};
globalThis.matchMedia = (media: string) =>
  Object.assign(new EventTarget(), {
    matches: false,
    media,
    onchange: null,
    addListener: () => undefined,
    removeListener: () => undefined,
  });
const KEY_CODES: Readonly<Record<string, number>> = {
  Tab: 9,
  Enter: 13,
  Escape: 27,
  " ": 32,
  End: 35,
  Home: 36,
  ArrowLeft: 37,
  ArrowUp: 38,
  ArrowRight: 39,
  ArrowDown: 40,
};
// Cloudscape goes by the number of a key, which a browser tells and jsdom does not.
for (const kind of ["keydown", "keyup"] as const) {
  window.addEventListener(
    kind,
    (event) => {
      const value = KEY_CODES[event.key];
      if (value !== undefined) Object.defineProperty(event, "keyCode", { value });
    },
    true,
  );
}
Element.prototype.scrollIntoView = () => undefined;
window.scrollTo = () => undefined;

// The first page of a file loads the components of Cloudscape.
configure({ asyncUtilTimeout: 10_000 });

beforeAll(() => server.listen({ onUnhandledRequest: "error" }));
beforeEach(() => {
  localStorage.clear();
  server.resetHandlers(...PERMISSIONS, ...contractHandlers());
});
afterEach(cleanup);
afterAll(() => server.close());
