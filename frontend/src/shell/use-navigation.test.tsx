import { act, screen, waitFor } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { pageHeading, renderConsole } from "@/testing/render-console";

afterEach(() => vi.restoreAllMocks());

/** A window whose width a test changes, as Cloudscape and the console are told of it. */
function playWindow(): { become: (width: number) => void } {
  let inner = 1280;
  const queries = new Set<MediaQueryList & EventTarget>();
  vi.spyOn(window, "matchMedia").mockImplementation((media) => {
    const most = Number(/max-width: (\d+)px/.exec(media)?.[1] ?? -1);
    const query = Object.defineProperty(Object.assign(new EventTarget(), { media, onchange: null }), "matches", {
      get: () => inner <= most,
    }) as MediaQueryList & EventTarget;
    queries.add(query);
    return query;
  });
  return {
    become: (width) => {
      inner = width;
      act(() => {
        window.dispatchEvent(new Event("resize"));
      });
      act(() => {
        for (const query of queries) query.dispatchEvent(new Event("change"));
      });
    },
  };
}

const toggle = () => screen.findByRole("button", { name: "Open side navigation" });

describe("the side navigation", () => {
  it("is open again once a window that was narrow for a moment is wide", async () => {
    const { become } = playWindow();
    await renderConsole("/protection-groups");
    await pageHeading();
    expect(await toggle()).toHaveAttribute("aria-expanded", "true");

    become(1);
    await waitFor(async () => expect(await toggle()).toHaveAttribute("aria-expanded", "false"));

    become(1280);
    await waitFor(async () => expect(await toggle()).toHaveAttribute("aria-expanded", "true"));
  });

  it("stays closed on a wide window where a person has closed it", async () => {
    const { become } = playWindow();
    const { user } = await renderConsole("/protection-groups");
    await pageHeading();
    await user.click(await toggle());
    expect(await toggle()).toHaveAttribute("aria-expanded", "false");

    become(390);
    become(1280);
    expect(await toggle()).toHaveAttribute("aria-expanded", "false");
  });

  it("is closed on a narrow window, where it would cover the page, until a person opens it", async () => {
    const { become } = playWindow();
    become(390);
    const { user } = await renderConsole("/protection-groups");
    await pageHeading();
    expect(await toggle()).toHaveAttribute("aria-expanded", "false");
    await user.click(await toggle());
    expect(await toggle()).toHaveAttribute("aria-expanded", "true");
    await user.click(screen.getByRole("link", { name: "Recovery plans" }));
    await waitFor(async () => expect(await toggle()).toHaveAttribute("aria-expanded", "false"));
  });
});
