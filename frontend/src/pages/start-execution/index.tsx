import { NotThereYet } from "@/components/not-there-yet";

/** Still to be made. */
export default function StartExecutionPage() {
  return <NotThereYet title="Start" />;
}
