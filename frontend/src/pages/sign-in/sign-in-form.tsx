import type { SubmitEvent } from "react";
import { StageFields, submit, TITLES } from "./stages";
import { useSignIn } from "./use-sign-in";

/** The form that signs somebody in, step by step; `lockedUser` if only that person may. */
export function SignInForm({ lockedUser }: { readonly lockedUser?: string }) {
  const signIn = useSignIn(lockedUser);
  const { kind } = signIn.stage;
  const [title, button] = TITLES[kind];
  const onSubmit = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    void submit(signIn, new FormData(event.currentTarget));
  };
  return (
    <form className="sign-in-form" onSubmit={onSubmit} aria-busy={signIn.isBusy} key={kind}>
      <h2>{title}</h2>
      <div role="alert" className="sign-in-error">
        {signIn.error}
      </div>
      <div role="status" className="sign-in-notice">
        {signIn.notice}
      </div>
      <StageFields signIn={signIn} lockedUser={lockedUser} />
      <button type="submit" disabled={signIn.isBusy}>
        {signIn.isBusy ? "One moment…" : button}
      </button>
      {kind === "credentials" && lockedUser === undefined && (
        <button type="button" className="sign-in-link" onClick={signIn.forget}>
          Forgot password
        </button>
      )}
      {kind !== "credentials" && kind !== "unknown" && (
        <button type="button" className="sign-in-link" onClick={signIn.back}>
          Back to sign-in
        </button>
      )}
    </form>
  );
}
