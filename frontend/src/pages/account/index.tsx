import { NotThereYet } from "@/components/not-there-yet";

/** Still to be made. */
export default function AccountPage() {
  return <NotThereYet title="Account" />;
}
