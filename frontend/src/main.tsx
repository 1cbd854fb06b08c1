import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { configureCognito } from "@/auth/cognito";
import { SessionProvider } from "@/auth/session-context";
import { fetchRuntimeConfig } from "@/configuration/runtime-config";
import { followPreferences } from "@/preferences/preferences";
import { followClock } from "@/text/clock";
import { Root } from "./root";
import "./styles.css";

async function start(): Promise<void> {
  followPreferences();
  const element = document.getElementById("root");
  if (element === null) throw new Error("the page has no element to be in");
  const root = createRoot(element);
  try {
    if (import.meta.env.VITE_MOCKED) await (await import("@/mocks/browser")).startMocks();
    const config = await fetchRuntimeConfig();
    configureCognito(config);
    followClock(config.clock);
    root.render(
      <StrictMode>
        <SessionProvider>
          <Root config={config} />
        </SessionProvider>
      </StrictMode>,
    );
  } catch (error) {
    root.render(
      <main className="sign-in-page">
        <h1>DRS Orchestration</h1>
        <p role="alert">The console could not be started: {error instanceof Error ? error.message : "unknown"}.</p>
        <p>Load the page anew; if that does not help, ask whoever runs this system.</p>
      </main>,
    );
  }
}

void start();
