import type { HttpHandler } from "msw";
import { PERMISSIONS } from "./permissions";

/** What `npm run dev` plays beyond the contract's examples; each page adds a file of its own beside this one. */
export function world(): HttpHandler[] {
  return [...PERMISSIONS];
}
