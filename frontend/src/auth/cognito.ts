import { Amplify } from "aws-amplify";
import * as auth from "aws-amplify/auth";
import type { RuntimeConfig } from "@/configuration/runtime-config";

/** What Cognito wants next before somebody is signed in. */
export type SignInStep =
  | { readonly kind: "done" }
  | { readonly kind: "newPassword" }
  | { readonly kind: "totpCode" }
  | { readonly kind: "totpSetUp"; readonly secret: string; readonly address: string }
  | { readonly kind: "forgotten"; readonly username: string }
  | { readonly kind: "unknown"; readonly step: string };

const ISSUER = "DRS Orchestration";

/** Points Amplify at the user pool; nothing else of Amplify is used. */
export function configureCognito(config: RuntimeConfig): void {
  Amplify.configure({
    Auth: {
      Cognito: {
        userPoolId: config.cognitoUserPoolId,
        userPoolClientId: config.cognitoClientId,
        userPoolEndpoint: config.cognitoEndpoint,
      },
    },
  });
}

/** Begins a sign-in; the password itself is proved (SRP) and never sent. */
export async function signIn(username: string, password: string): Promise<SignInStep> {
  await auth.signOut().catch(() => undefined);
  const { nextStep } = await auth.signIn({ username, password, options: { authFlowType: "USER_SRP_AUTH" } });
  return stepOf(nextStep, username);
}

/** Answers what the last step asked for: a new password, or a code. */
export async function answerStep(response: string, username: string): Promise<SignInStep> {
  const { nextStep } = await auth.confirmSignIn({ challengeResponse: response });
  return stepOf(nextStep, username);
}

/** Has a code sent with which a forgotten password is replaced. */
export async function sendResetCode(username: string): Promise<void> {
  await auth.resetPassword({ username });
}

/** Replaces a forgotten password. */
export async function replacePassword(username: string, code: string, newPassword: string): Promise<void> {
  await auth.confirmResetPassword({ username, confirmationCode: code, newPassword });
}

/** The ID token, renewed if it is old or if that is asked for; none if nobody is signed in. */
export async function idToken(renewed = false): Promise<string | undefined> {
  const session = await auth.fetchAuthSession({ forceRefresh: renewed }).catch(() => undefined);
  return session?.tokens?.idToken?.toString();
}

/** Who is signed in: the name that Cognito knows, and the one for people. */
export interface User {
  readonly username: string;
  readonly name: string;
}

/** Who is signed in by what this browser remembers; none if nobody is. */
export async function currentUser(): Promise<User | undefined> {
  const session = await auth.fetchAuthSession().catch(() => undefined);
  const claims = session?.tokens?.idToken?.payload;
  const username: unknown = claims?.["cognito:username"];
  const email: unknown = claims?.email;
  if (typeof username !== "string") return undefined;
  return { username, name: typeof email === "string" ? email : username };
}

/** Ends the session everywhere; here it is over even if Cognito cannot be reached. */
export async function endSession(): Promise<void> {
  try {
    await auth.signOut({ global: true });
  } catch {
    await auth.signOut().catch(() => undefined);
  }
}

type NextStep = Awaited<ReturnType<typeof auth.signIn>>["nextStep"];

function stepOf(next: NextStep, username: string): SignInStep {
  switch (next.signInStep) {
    case "DONE":
      return { kind: "done" };
    case "CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED":
      return { kind: "newPassword" };
    case "CONFIRM_SIGN_IN_WITH_TOTP_CODE":
      return { kind: "totpCode" };
    case "CONTINUE_SIGN_IN_WITH_TOTP_SETUP": {
      const details = next.totpSetupDetails;
      const address = details.getSetupUri(ISSUER, username).toString();
      return { kind: "totpSetUp", secret: details.sharedSecret, address };
    }
    case "RESET_PASSWORD":
      return { kind: "forgotten", username };
    default:
      return { kind: "unknown", step: next.signInStep };
  }
}
