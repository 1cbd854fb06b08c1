import { describe, expect, it } from "vitest";
import { definedTokens, withoutFallbacks } from "./cloudscape.ts";

const TOKENS = definedTokens("body{--color-text-1a:#000;--shadow-2b:0 0 rgba(0, 0, 0, 0.1)}");

describe("styles without fallbacks of tokens", () => {
  it("keep what surrounds them", () => {
    expect(withoutFallbacks("a{color:var(--color-text-1a, #fff);b:c}", TOKENS)).toBe(
      "a{color:var(--color-text-1a);b:c}",
    );
  });
  it("may have parentheses in a fallback", () => {
    const css = "a{box-shadow:var(--shadow-2b, 0 0 rgba(1, 2, 3, 0.5)) inset}";
    expect(withoutFallbacks(css, TOKENS)).toBe("a{box-shadow:var(--shadow-2b) inset}");
  });
  it("keep the fallbacks of variables that the theme does not define", () => {
    const css = "a{width:var(--own-3c, 10px)}";
    expect(withoutFallbacks(css, TOKENS)).toBe(css);
  });
});
