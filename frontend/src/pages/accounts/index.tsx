import { NotThereYet } from "@/components/not-there-yet";

/** Still to be made. */
export default function AccountsPage() {
  return <NotThereYet title="Accounts" />;
}
