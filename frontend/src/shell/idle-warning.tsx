import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useSession } from "@/auth/session-context";
import { useNow } from "@/components/use-now";
import { duration } from "@/text/time";

interface IdleWarningProps {
  readonly endsAt: number;
  readonly onStay: () => void;
}

/** Says that the session is about to end, and keeps it if the person wants that. */
export default function IdleWarning({ endsAt, onStay }: IdleWarningProps) {
  const { leave } = useSession();
  const now = useNow(1_000);
  return (
    <Modal
      visible
      header="Are you still there?"
      onDismiss={onStay}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button onClick={() => void leave("left")}>Sign out</Button>
            <Button variant="primary" onClick={onStay}>
              Stay signed in
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      Your session ends in {duration((endsAt - now.getTime()) / 1000)}, because there was no input for a long time. What
      you have typed and not saved is lost then. Executions go on by themselves.
    </Modal>
  );
}
