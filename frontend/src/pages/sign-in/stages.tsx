import { Field } from "./fields";
import type { SignIn, Stage } from "./use-sign-in";

const PASSWORD_RULES = "At least 12 characters, with a capital and a small letter, a digit and a symbol.";

/** What each stage is called, and what its button says. */
export const TITLES: Readonly<Record<Stage["kind"], readonly [title: string, button: string]>> = {
  credentials: ["Sign in", "Sign in"],
  newPassword: ["Choose your own password", "Set password and sign in"],
  totpCode: ["Enter your code", "Sign in"],
  totpSetUp: ["Set up your second factor", "Confirm and sign in"],
  resetRequest: ["Forgot password", "Send code"],
  forgotten: ["Choose a new password", "Set password"],
  unknown: ["This sign-in is not supported", "Back"],
};

/** Carries out what the button of the present stage says, with what was typed. */
export function submit(signIn: SignIn, typed: FormData): Promise<void> {
  const text = (name: string): string => {
    const found = typed.get(name);
    return typeof found === "string" ? found : "";
  };
  switch (signIn.stage.kind) {
    case "credentials":
      return signIn.enter(text("password"));
    case "newPassword":
      return signIn.answer(text("new-password"));
    case "totpCode":
    case "totpSetUp":
      return signIn.answer(text("code").trim());
    case "resetRequest":
      return signIn.sendCode();
    case "forgotten":
      return signIn.replace(text("code"), text("new-password"));
    case "unknown":
      signIn.back();
      return Promise.resolve();
  }
}

/** The fields of the present stage. */
export function StageFields({ signIn, lockedUser }: { readonly signIn: SignIn; readonly lockedUser?: string }) {
  const { stage } = signIn;
  switch (stage.kind) {
    case "credentials":
      return (
        <>
          {lockedUser === undefined ? <Username signIn={signIn} /> : <p>You are {lockedUser}.</p>}
          <Field
            name="password"
            label="Password"
            type="password"
            autoComplete="current-password"
            isFirst={lockedUser !== undefined}
          />
        </>
      );
    case "newPassword":
      return (
        <>
          <p>The password that you were given is for one sign-in only.</p>
          <NewPassword isFirst />
        </>
      );
    case "totpCode":
      return <Code hint="Six digits, as your authenticator application shows them now." />;
    case "totpSetUp":
      return (
        <>
          <p>
            Add this key to an authenticator application, or <a href={stage.address}>open it here</a>:
          </p>
          <p>
            <code className="sign-in-secret">{stage.secret}</code>
          </p>
          <Code hint="Six digits, as the application shows them now." />
        </>
      );
    case "resetRequest":
      return <Username signIn={signIn} />;
    case "forgotten":
      return (
        <>
          <Code hint="If there is such a user, a code was sent to the e-mail address." />
          <NewPassword />
        </>
      );
    case "unknown":
      return <p>Cognito asks for {stage.step}, which this console does not know.</p>;
  }
}

function Username({ signIn }: { readonly signIn: SignIn }) {
  return (
    <Field
      name="username"
      label="User name"
      autoComplete="username"
      value={signIn.username}
      onChange={signIn.setUsername}
      isFirst
    />
  );
}

function NewPassword({ isFirst }: { readonly isFirst?: boolean }) {
  return (
    <Field
      key="new-password"
      name="new-password"
      label="New password"
      type="password"
      autoComplete="new-password"
      hint={PASSWORD_RULES}
      isFirst={isFirst}
    />
  );
}

function Code({ hint }: { readonly hint: string }) {
  return <Field key="code" name="code" label="Code" autoComplete="one-time-code" hint={hint} isFirst isCode />;
}
