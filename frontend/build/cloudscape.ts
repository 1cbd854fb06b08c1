import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import type { Plugin } from "vite";

const PACKAGE = dirname(createRequire(import.meta.url).resolve("@cloudscape-design/components/package.json"));
const BASE_THEME = `${PACKAGE}/internal/base-theme/styles.scoped.css`;
/** What the layout shows where AWS's own console tells of news; it brings lists that are sorted by dragging. */
const NEWS = `${PACKAGE}/app-layout/visual-refresh-toolbar/drawer/feature-notifications-drawer-content.js`;
const NO_NEWS = "export const RuntimeContentPart = () => null;\nexport default RuntimeContentPart;\n";

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

/**
 * Every layout of Cloudscape brings a drawer of news, which only AWS's own console fills, and with it a library for
 * dragging: a thirtieth of what the dashboard loads.
 */
export function withoutNews(): Plugin {
  if (!existsSync(NEWS)) throw new Error(`Cloudscape has its drawer of news elsewhere than in ${NEWS}`);
  return {
    name: "without-news",
    enforce: "pre",
    load: (id) => (id === NEWS ? { code: NO_NEWS, map: null } : null),
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
