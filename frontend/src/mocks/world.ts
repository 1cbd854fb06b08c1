import type { HttpHandler } from "msw";

interface World {
  readonly default: readonly HttpHandler[];
}

/** What `npm run dev` plays beyond the contract's examples: every file of `worlds/`, one of each page's own. */
export function world(): HttpHandler[] {
  return Object.values(import.meta.glob<World>("./worlds/*.ts", { eager: true })).flatMap((found) => [
    ...found.default,
  ]);
}
