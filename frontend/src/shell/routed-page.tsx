import Alert from "@cloudscape-design/components/alert";
import { type ComponentType, useEffect, useState } from "react";
import type { OperationName } from "@/api/types";
import { Loading } from "@/components/loading";
import { usePermissions } from "@/permissions/permissions-context";
import { ErrorWords } from "./notifications";
import { useShell } from "./shell-context";

interface RoutedPageProps {
  readonly needs?: OperationName;
  readonly Page: ComponentType;
}

/** A page for whoever may see it; everybody else is told why not. What is open stays open, with all that is typed in it. */
export function RoutedPage({ needs, Page }: RoutedPageProps) {
  const permissions = usePermissions();
  const { setFacts } = useShell();
  const [opened, setOpened] = useState<ComponentType>();
  useEffect(() => () => setFacts({}), [setFacts, Page]);
  if (opened === Page) return <Page />;
  if (permissions.error !== null && !permissions.isKnown) {
    return (
      <Alert type="error" header="What you may do could not be read">
        <ErrorWords error={permissions.error} />
      </Alert>
    );
  }
  if (!permissions.isKnown) return <Loading />;
  if (permissions.roles.length === 0) {
    return (
      <Alert type="warning" header="You have no role yet">
        You are signed in, and in no group of this system. Ask an administrator to put you into one of its five groups,
        then sign in again.
      </Alert>
    );
  }
  const reason = needs === undefined ? undefined : permissions.whyNot(needs);
  if (reason !== undefined) {
    return (
      <Alert type="warning" header="You may not see this page">
        {reason}
      </Alert>
    );
  }
  setOpened(() => Page);
  return <Page />;
}
