import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";

interface ConflictNoticeProps {
  /** What was changed by somebody else: "This plan". */
  readonly what: string;
  /** Drops what was typed and shows the newest version. */
  readonly onReload: () => void;
  /** Keeps what was typed, upon the newest version, whose other fields stay as the other person saved them. */
  readonly onKeep: () => void;
}

/** Two people edited one thing: says so, and loses nothing of what this one typed. */
export function ConflictNotice({ what, onReload, onKeep }: ConflictNoticeProps) {
  return (
    <Alert
      type="warning"
      header={`${what} was changed by somebody else`}
      action={
        <SpaceBetween direction="horizontal" size="xs">
          <Button onClick={onReload}>Show their version</Button>
          <Button onClick={onKeep}>Keep my changes</Button>
        </SpaceBetween>
      }
    >
      It was saved since you opened it. Look at their version, or keep your changes: where both changed the same, yours
      are saved over theirs, and everything else stays as they saved it.
    </Alert>
  );
}
