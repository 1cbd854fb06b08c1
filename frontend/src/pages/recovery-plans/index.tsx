import { NotThereYet } from "@/components/not-there-yet";

/** Still to be made. */
export default function RecoveryPlansPage() {
  return <NotThereYet title="Recovery plans" />;
}
