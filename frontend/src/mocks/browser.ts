import { setupWorker } from "msw/browser";
import { contractHandlers } from "./handlers";
import { world } from "./world";

/** Plays the API in the browser: the world's handlers first, then the contract's examples for what it does not know. */
export async function startMocks(): Promise<void> {
  const worker = setupWorker(...world(), ...contractHandlers());
  await worker.start({ onUnhandledRequest: "bypass", quiet: true, serviceWorker: { url: "/mockServiceWorker.js" } });
}
