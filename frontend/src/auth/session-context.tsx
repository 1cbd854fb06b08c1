import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from "react";
import { currentUser, endSession, type User } from "@/auth/cognito";
import { idleState, lastInput } from "./idle-clock";

/** Why nobody is signed in, where that is worth a sentence. */
export type SignedOutBecause = "never" | "left" | "idle";

export type Session =
  | { readonly kind: "opening" }
  | { readonly kind: "signedOut"; readonly because: SignedOutBecause }
  | { readonly kind: "signedIn"; readonly user: User }
  /** The session was lost beneath an open page, which stays as it is until the same person signs in again. */
  | { readonly kind: "interrupted"; readonly user: User };

interface Sessions {
  readonly session: Session;
  /** Somebody has signed in. */
  readonly entered: () => Promise<void>;
  readonly leave: (because: SignedOutBecause) => Promise<void>;
  readonly interrupted: () => void;
}

const SessionContext = createContext<Sessions | undefined>(undefined);

/** The session of this browser: found again after a reload, unless nobody was there for too long. */
export function SessionProvider({ children }: { readonly children: ReactNode }) {
  const [session, setSession] = useState<Session>({ kind: "opening" });
  const leave = useCallback(async (because: SignedOutBecause) => {
    lastInput.forget();
    setSession({ kind: "signedOut", because });
    await endSession();
  }, []);
  const entered = useCallback(async () => {
    lastInput.write(Date.now());
    const user = await currentUser();
    setSession(user === undefined ? { kind: "signedOut", because: "never" } : { kind: "signedIn", user });
  }, []);
  const interrupted = useCallback(() => {
    setSession((known) => (known.kind === "signedIn" ? { kind: "interrupted", user: known.user } : known));
  }, []);
  useEffect(() => {
    void found().then(async (known) => {
      if (known.kind === "signedOut") await leave(known.because);
      else setSession(known);
    });
  }, [leave]);
  const value = useMemo(() => ({ session, entered, leave, interrupted }), [session, entered, leave, interrupted]);
  return <SessionContext.Provider value={value}>{children}</SessionContext.Provider>;
}

/** The session and what can be done with it. */
export function useSession(): Sessions {
  const found = useContext(SessionContext);
  if (found === undefined) throw new Error("no SessionProvider is above");
  return found;
}

async function found(): Promise<Session> {
  const last = lastInput.read();
  const user = await currentUser();
  if (user === undefined) return { kind: "signedOut", because: last === undefined ? "never" : "idle" };
  if (idleState(last, Date.now()).kind === "ended") return { kind: "signedOut", because: "idle" };
  return { kind: "signedIn", user };
}
