import { http, HttpResponse } from "msw";
import { setupWorker } from "msw/browser";
import type { RuntimeConfig } from "@/configuration/runtime-config";
import { contractHandlers, ENDPOINT } from "./handlers";
import { world } from "./world";

const CONFIG: RuntimeConfig = {
  region: "us-east-1",
  apiEndpoint: ENDPOINT,
  cognitoUserPoolId: "us-east-1_played",
  cognitoClientId: "played",
};

/** Plays the API in the browser: the world's handlers first, then the contract's examples for what it does not know. */
export async function startMocks(): Promise<void> {
  const worker = setupWorker(
    http.get("/aws-config.json", () => HttpResponse.json(CONFIG)),
    ...world(),
    ...contractHandlers(),
  );
  await worker.start({ onUnhandledRequest: "bypass", quiet: true, serviceWorker: { url: "/mockServiceWorker.js" } });
}
