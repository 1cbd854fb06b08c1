import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";

const WORKER = createRequire(import.meta.url).resolve("msw/mockServiceWorker.js");

const PLAYED_COGNITO = fileURLToPath(new URL("../src/mocks/cognito.ts", import.meta.url));

const PLAYED_CONFIG = {
  region: "us-east-1",
  apiEndpoint: "/dev",
  cognitoUserPoolId: "us-east-1_played",
  cognitoClientId: "played",
};

/** Plays API and sign-in without a backend; the worker that it needs is served, and never becomes part of a build. */
export function mocks(isPlayed: boolean): Plugin {
  return {
    name: "mocks",
    config: () => ({
      define: { "import.meta.env.VITE_MOCKED": JSON.stringify(isPlayed) },
      resolve: {
        alias: isPlayed ? [{ find: "@/auth/cognito", replacement: PLAYED_COGNITO }] : [],
      },
    }),
    configureServer(server) {
      // The page asks for it before any worker is there to play it.
      if (isPlayed) {
        server.middlewares.use("/aws-config.json", (_request, response) => {
          response.setHeader("Content-Type", "application/json");
          response.end(JSON.stringify(PLAYED_CONFIG));
        });
      }
      server.middlewares.use("/mockServiceWorker.js", (_request, response) => {
        void readFile(WORKER).then((text) => {
          response.setHeader("Content-Type", "text/javascript");
          response.end(text);
        });
      });
    },
  };
}
