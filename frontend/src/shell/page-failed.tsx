import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import { useRouteError } from "react-router";
import { ErrorWords } from "./notifications";

/** What is shown instead of a page that failed; the rest of the console goes on. */
export function PageFailed() {
  const error = useRouteError();
  // A release replaces the files of the one before, which a tab that is open still asks for.
  const isOld = error instanceof TypeError && error.message.includes("import");
  return (
    <Alert
      type="error"
      header={isOld ? "The console was updated" : "This page failed"}
      action={<Button onClick={() => window.location.reload()}>Load anew</Button>}
    >
      {isOld ? "The page that you asked for is part of a newer version." : <ErrorWords error={error} />}
    </Alert>
  );
}
