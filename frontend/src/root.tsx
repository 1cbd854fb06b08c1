import { lazy, Suspense } from "react";
import { useSession } from "@/auth/session-context";
import type { RuntimeConfig } from "@/configuration/runtime-config";
import SignInPage from "@/pages/sign-in";

// Whoever signs in waits for the form alone.
const Console = lazy(() => import("./console"));

/** The sign-in page, or the console once somebody is signed in; the address stays what it is. */
export function Root({ config }: { readonly config: RuntimeConfig }) {
  const { session } = useSession();
  if (session.kind === "opening") return <Opening />;
  if (session.kind === "signedOut") return <SignInPage because={session.because} />;
  return (
    <Suspense fallback={<Opening />}>
      <Console config={config} />
    </Suspense>
  );
}

function Opening() {
  return (
    <main className="sign-in-page">
      <h1>DRS Orchestration</h1>
      <p role="status">One moment…</p>
    </main>
  );
}
