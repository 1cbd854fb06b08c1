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
