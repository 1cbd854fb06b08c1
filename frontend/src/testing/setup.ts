// Before anything that loads React.
import "./no-debugger";
import "@testing-library/jest-dom/vitest";
import { cleanup, configure } from "@testing-library/react";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { contractHandlers } from "@/mocks/handlers";
import { PERMISSIONS } from "@/mocks/permissions";
import { server } from "./server";

// What jsdom lacks and Cloudscape asks for. No stubs of vitest: those end with the first test.
class NothingLaidOut implements ResizeObserver {
  observe(): void {
    // nothing is ever laid out here
  }
  unobserve(): void {
    // nothing is ever laid out here
  }
  disconnect(): void {
    // nothing is ever laid out here
  }
}
window.ResizeObserver = NothingLaidOut;
window.matchMedia = (media) =>
  Object.assign(new EventTarget(), { media, matches: false, onchange: null }) as MediaQueryList;

// Cloudscape reads `keyCode`, which browsers fill in and user-event does not.
const KEY_CODES: Readonly<Record<string, number>> = {
  Backspace: 8,
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
  Delete: 46,
};
Object.defineProperty(KeyboardEvent.prototype, "keyCode", {
  get(this: KeyboardEvent) {
    return KEY_CODES[this.key] ?? 0;
  },
});

Element.prototype.scrollIntoView = () => undefined;
window.scrollTo = () => undefined;

// What a page shows takes long on a machine that others use too.
configure({ asyncUtilTimeout: 30_000 });

// All files share one window and one set of modules: whatever a test leaves behind is cleared here.
beforeAll(() => server.listen({ onUnhandledRequest: "error" }));
beforeEach(() => {
  localStorage.clear();
  window.history.replaceState(null, "", "/");
  document.title = "";
  server.resetHandlers(...PERMISSIONS, ...contractHandlers());
});
afterEach(() => {
  cleanup();
  server.events.removeAllListeners();
});
afterAll(() => server.close());
