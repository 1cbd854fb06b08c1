import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import { ErrorWords } from "@/shell/notifications";

interface ErrorNoticeProps {
  /** What could not be done: "The groups could not be read". */
  readonly what: string;
  readonly error: unknown;
  readonly onRetry?: () => void;
}

/** An error where it belongs; nothing if there is none. */
export function ErrorNotice({ what, error, onRetry }: ErrorNoticeProps) {
  if (error === null || error === undefined) return null;
  return (
    <Alert
      type="error"
      header={what}
      action={onRetry === undefined ? undefined : <Button onClick={onRetry}>Try again</Button>}
    >
      <ErrorWords error={error} />
    </Alert>
  );
}
