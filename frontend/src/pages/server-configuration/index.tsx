import { NotThereYet } from "@/components/not-there-yet";

/** Still to be made. */
export default function ServerConfigurationPage() {
  return <NotThereYet title="Server configuration" />;
}
