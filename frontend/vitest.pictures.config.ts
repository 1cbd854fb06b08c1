import { defineConfig } from "vitest/config";

/** `make pictures`: no test, but made as one, for it needs a served system and a browser as those in e2e do. */
export default defineConfig({
  test: {
    include: ["e2e/pictures.ts"],
    globalSetup: ["e2e/system.ts"],
    testTimeout: 900_000,
    hookTimeout: 120_000,
  },
});
