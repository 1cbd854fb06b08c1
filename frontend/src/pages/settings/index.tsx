import { NotThereYet } from "@/components/not-there-yet";

/** Still to be made. */
export default function SettingsPage() {
  return <NotThereYet title="Settings" />;
}
