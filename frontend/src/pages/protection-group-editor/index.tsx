import { NotThereYet } from "@/components/not-there-yet";

/** Still to be made. */
export default function ProtectionGroupEditorPage() {
  return <NotThereYet title="Protection group" />;
}
