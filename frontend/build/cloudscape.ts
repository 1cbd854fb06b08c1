import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import type { Plugin } from "vite";

const PACKAGE = dirname(createRequire(import.meta.url).resolve("@cloudscape-design/components/package.json"));
const BASE_THEME = `${PACKAGE}/internal/base-theme/styles.scoped.css`;

/**
 * Cloudscape's styles name each design token with a value for pages that have none: `var(--color-text, #0f141a)`. Its
 * base theme, which every component loads, defines them, so the values are a third of the styles for nothing.
 */
export function withoutTokenFallbacks(): Plugin {
  const tokens = definedTokens(readFileSync(BASE_THEME, "utf8"));
  return {
    name: "without-token-fallbacks",
    enforce: "pre",
    transform(code, id) {
      if (!id.startsWith(PACKAGE) || !id.endsWith(".css") || id === BASE_THEME) return null;
      return { code: withoutFallbacks(code, tokens), map: null };
    },
  };
}

/** The names of the variables that styles define. */
export function definedTokens(css: string): ReadonlySet<string> {
  return new Set([...css.matchAll(/(--[a-z0-9-]+)\s*:/g)].map(([, name = ""]) => name));
}

/** The styles with `var(--token, value)` as `var(--token)` for these tokens. */
export function withoutFallbacks(css: string, tokens: ReadonlySet<string>): string {
  let made = "";
  let from = 0;
  for (const found of css.matchAll(/var\(\s*(--[a-z0-9-]+)\s*,/g)) {
    const name = found[1] ?? "";
    if (found.index < from || !tokens.has(name)) continue;
    made += `${css.slice(from, found.index)}var(${name})`;
    from = closing(css, found.index + "var(".length) + 1;
  }
  return made + css.slice(from);
}

/** Where the parenthesis closes that is open at `from`. */
function closing(css: string, from: number): number {
  let depth = 1;
  for (let at = from; at < css.length; at += 1) {
    if (css[at] === "(") depth += 1;
    if (css[at] === ")") depth -= 1;
    if (depth === 0) return at;
  }
  throw new Error("a parenthesis of the styles is never closed");
}
