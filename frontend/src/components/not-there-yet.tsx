import Alert from "@cloudscape-design/components/alert";
import { Page } from "./page";

/** Says plainly that a page is still to be made. */
export function NotThereYet({ title }: { readonly title: string }) {
  return (
    <Page title={title}>
      <Alert type="info" header="This page is not there yet">
        What it will show can be asked for through the API.
      </Alert>
    </Page>
  );
}
