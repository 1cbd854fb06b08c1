import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { withoutNews, withoutTokenFallbacks } from "./build/cloudscape.ts";
import { localSystem } from "./build/local-system.ts";
import { mocks } from "./build/mocks.ts";

const SOURCE = fileURLToPath(new URL("src", import.meta.url));

const LOCAL_SYSTEM = process.env.CONSOLE_ENDPOINT;

export default defineConfig(({ command }) => ({
  plugins: [
    react(),
    withoutTokenFallbacks(),
    withoutNews(),
    mocks(process.env.VITEST !== undefined || (command === "serve" && LOCAL_SYSTEM === undefined)),
    localSystem(LOCAL_SYSTEM),
  ],
  resolve: {
    alias: {
      "@": SOURCE,
      // Cloudscape's texts are parsed already; the parser would be as large as a page.
      "@formatjs/icu-messageformat-parser": "@formatjs/icu-messageformat-parser/no-parser",
    },
  },
  server: { port: 5173, strictPort: true, host: "127.0.0.1" },
  build: {
    target: "es2023",
    sourcemap: false,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 900,
    // Those whose code is in the files ask for their notice beside it.
    license: { fileName: "licences.md" },
  },
}));
