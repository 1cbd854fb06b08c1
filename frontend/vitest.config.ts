import { mergeConfig } from "vite";
import { defineConfig } from "vitest/config";
import vite from "./vite.config.ts";

export default mergeConfig(
  vite({ command: "serve", mode: "test" }),
  defineConfig({
    test: {
      environment: "jsdom",
      environmentOptions: { jsdom: { url: "http://127.0.0.1:5173/" } },
      setupFiles: ["src/testing/setup.ts"],
      include: ["src/**/*.test.{ts,tsx}", "build/**/*.test.ts"],
      // Cloudscape is loaded once and not for each file; src/testing/setup.ts has what a test may leave behind.
      isolate: false,
      server: { deps: { inline: [/@cloudscape-design/] } },
      restoreMocks: true,
      unstubGlobals: true,
      // A page with all its components takes long on a machine that others use too.
      testTimeout: 120_000,
    },
  }),
);
