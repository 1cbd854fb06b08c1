import { NotThereYet } from "@/components/not-there-yet";

/** Still to be made. */
export default function RecoveryPlanPage() {
  return <NotThereYet title="Recovery plan" />;
}
