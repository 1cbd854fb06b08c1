import { beforeEach, vi } from "vitest";

/** What the library that draws graphs asks for; a test file says so once, for each of its tests. */
export function withoutLayout(): void {
  beforeEach(() => {
    vi.stubGlobal(
      "ResizeObserver",
      class {
        observe(): void {
          // nothing is ever laid out here
        }
        unobserve(): void {
          // nothing is ever laid out here
        }
        disconnect(): void {
          // nothing is ever laid out here
        }
      },
    );
  });
}
