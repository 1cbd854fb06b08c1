import type { SignedOutBecause } from "@/auth/session-context";
import { SignInForm } from "./sign-in-form";
import "./sign-in.css";

const REASONS: Readonly<Record<SignedOutBecause, string>> = {
  never: "",
  left: "You have signed out.",
  idle: "Your session ended after 45 minutes without input.",
};

/** The page of whoever is not signed in. It is made of plain elements, so that it is there before anything else. */
export default function SignInPage({ because }: { readonly because: SignedOutBecause }) {
  return (
    <main className="sign-in-page">
      <h1>DRS Orchestration</h1>
      {REASONS[because] !== "" && (
        <p role="status" className="sign-in-reason">
          {REASONS[because]}
        </p>
      )}
      <SignInForm />
    </main>
  );
}
