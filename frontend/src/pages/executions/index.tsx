import { NotThereYet } from "@/components/not-there-yet";

/** Still to be made. */
export default function ExecutionsPage() {
  return <NotThereYet title="Executions" />;
}
