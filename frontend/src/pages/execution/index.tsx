import { NotThereYet } from "@/components/not-there-yet";

/** Still to be made. */
export default function ExecutionPage() {
  return <NotThereYet title="Execution" />;
}
