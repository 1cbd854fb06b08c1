import { useState } from "react";
import * as cognito from "@/auth/cognito";
import { useSession } from "@/auth/session-context";
import { signInSentence } from "@/auth/sign-in-errors";

/** What the form asks for now. */
export type Stage = { readonly kind: "credentials" | "resetRequest" } | Exclude<cognito.SignInStep, { kind: "done" }>;

/** The steps of a sign-in: what is asked for now, what went wrong, and how to go on. */
export function useSignIn(knownUser?: string) {
  const { entered } = useSession();
  const [stage, setStage] = useState<Stage>({ kind: "credentials" });
  const [username, setUsername] = useState(knownUser ?? "");
  const [error, setError] = useState("");
  const [notice, setNotice] = useState("");
  const [isBusy, setIsBusy] = useState(false);

  const attempt = async (step: () => Promise<void>): Promise<void> => {
    setIsBusy(true);
    setError("");
    setNotice("");
    try {
      await step();
    } catch (failure) {
      setError(signInSentence(failure));
    } finally {
      setIsBusy(false);
    }
  };
  const goTo = async (next: cognito.SignInStep): Promise<void> => {
    if (next.kind === "done") await entered();
    else setStage(next);
  };
  return {
    stage,
    username,
    setUsername,
    error,
    notice,
    isBusy,
    enter: (password: string) => attempt(async () => goTo(await cognito.signIn(username.trim(), password))),
    answer: (response: string) => attempt(async () => goTo(await cognito.answerStep(response, username))),
    forget: () => setStage({ kind: "resetRequest" }),
    back: () => {
      setError("");
      setStage({ kind: "credentials" });
    },
    sendCode: () =>
      attempt(async () => {
        await cognito.sendResetCode(username.trim());
        setStage({ kind: "forgotten", username: username.trim() });
      }),
    replace: (code: string, password: string) =>
      attempt(async () => {
        await cognito.replacePassword(username.trim(), code.trim(), password);
        setStage({ kind: "credentials" });
        setNotice("Your password is changed. Sign in with the new one.");
      }),
  };
}

export type SignIn = ReturnType<typeof useSignIn>;
