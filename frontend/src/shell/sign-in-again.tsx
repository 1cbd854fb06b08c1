import Modal from "@cloudscape-design/components/modal";
import type { User } from "@/auth/cognito";
import { useSession } from "@/auth/session-context";
import { SignInForm } from "@/pages/sign-in/sign-in-form";

/** Lets the person whose session was lost sign in again, over a page that keeps what was typed. */
export default function SignInAgain({ user }: { readonly user: User }) {
  const { leave } = useSession();
  return (
    <Modal visible header="Your session has ended" onDismiss={() => void leave("left")}>
      <p>Sign in again to go on where you are. Nothing that you typed is lost; closing this leaves the page.</p>
      <SignInForm lockedUser={user.username} />
    </Modal>
  );
}
