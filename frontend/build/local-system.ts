import type { Plugin } from "vite";

const READ_MILLISECONDS = 5000;

/**
 * Lets `npm run dev` talk to a running local system: what the system tells its own console is passed on, with the API
 * under the origin of the development server, which the API itself does not know.
 */
export function localSystem(console: string | undefined): Plugin {
  return {
    name: "local-system",
    apply: "serve",
    async config() {
      if (console === undefined) return {};
      const { apiEndpoint } = await configurationOf(console);
      const { origin, pathname } = new URL(apiEndpoint);
      return { server: { proxy: { [pathname]: { target: origin, changeOrigin: true } } } };
    },
    configureServer(server) {
      if (console === undefined) return;
      server.middlewares.use("/aws-config.json", (_request, response) => {
        configurationOf(console).then(
          (known) => {
            response.setHeader("Content-Type", "application/json");
            response.end(JSON.stringify({ ...known, apiEndpoint: new URL(known.apiEndpoint).pathname }));
          },
          (error: unknown) => {
            response.statusCode = 502;
            response.end(String(error));
          },
        );
      });
    },
  };
}

async function configurationOf(console: string): Promise<{ apiEndpoint: string }> {
  const answer = await fetch(`${console}/aws-config.json`, { signal: AbortSignal.timeout(READ_MILLISECONDS) });
  return (await answer.json()) as { apiEndpoint: string };
}
