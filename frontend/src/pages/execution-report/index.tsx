import { NotThereYet } from "@/components/not-there-yet";

/** Still to be made. */
export default function ExecutionReportPage() {
  return <NotThereYet title="Report" />;
}
