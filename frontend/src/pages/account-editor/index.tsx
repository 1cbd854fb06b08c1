import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Form from "@cloudscape-design/components/form";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useNavigate, useParams } from "react-router";
import { ConflictNotice } from "@/components/conflict-notice";
import { ErrorNotice } from "@/components/error-notice";
import { Loading } from "@/components/loading";
import { Page } from "@/components/page";
import { UnsavedGuard } from "@/components/unsaved-guard";
import { Permitted } from "@/permissions/permitted";
import { paths } from "@/routes/paths";
import { AccountFields } from "./components/account-fields";
import { faults } from "./draft";
import { type Editor, useEditor } from "./hooks";

const HELP = [
  "A target account is one in which servers are recovered. The hub gets in by a role, which a stack of this system makes in the account.",
  "Adding an account asks nothing of it yet: its page then shows whether the hub gets in, and what to do where not.",
];

/** A target account to be added or changed. */
export default function AccountEditorPage() {
  const { accountId } = useParams();
  return <AccountEditor key={accountId ?? "new"} accountId={accountId} />;
}

function AccountEditor({ accountId }: { readonly accountId: string | undefined }) {
  const editor = useEditor(accountId);
  const { read } = editor;
  if (accountId === undefined || editor.base !== undefined) return <Filled accountId={accountId} editor={editor} />;
  return (
    <Page title="Edit target account">
      {read.error === null ? (
        <Loading />
      ) : (
        <ErrorNotice what="The account could not be read" error={read.error} onRetry={() => void read.refetch()} />
      )}
    </Page>
  );
}

interface FilledProps {
  readonly accountId: string | undefined;
  readonly editor: Editor;
}

function Filled({ accountId, editor }: FilledProps) {
  const navigate = useNavigate();
  const [isTried, setTried] = useState(false);
  const { draft, error, isConflict } = editor;
  const isNew = accountId === undefined;
  const title = isNew ? "Add target account" : `Edit ${editor.base?.accountName ?? "target account"}`;
  const found = faults(draft, editor.isExternalIdNeeded);
  const save = (): void => {
    setTried(true);
    if (Object.keys(found).length === 0 && !isConflict && !editor.isBusy) editor.save();
  };
  return (
    <Page title={title} name={title} help={HELP}>
      <UnsavedGuard isDirty={editor.isDirty} />
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <Form
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button
                formAction="none"
                onClick={() => void navigate(isNew ? paths.accounts : paths.account(accountId))}
              >
                Cancel
              </Button>
              <Permitted
                operation={isNew ? "add_target_account" : "update_target_account"}
                variant="primary"
                loading={editor.isBusy}
                unavailable={isConflict ? "Choose first whose version is kept." : undefined}
              >
                {isNew ? "Add target account" : "Save changes"}
              </Permitted>
            </SpaceBetween>
          }
        >
          <SpaceBetween size="m">
            <Container>
              <AccountFields editor={editor} faults={isTried ? found : {}} />
            </Container>
            {isConflict ? (
              <ConflictNotice
                what="This account"
                onReload={() => void editor.takeTheirs()}
                onKeep={() => void editor.keepMine()}
              />
            ) : (
              <ErrorNotice what="The account was not saved" error={error} />
            )}
          </SpaceBetween>
        </Form>
      </form>
    </Page>
  );
}
