import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
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
import { EditorTabs, refusedTab, type TabId } from "./components/editor-tabs";
import { faults as faultsOf } from "./draft";
import { useEditor } from "./hooks";

const HELP = [
  "A group has its servers by a list or by tags. What you typed of the other way is kept until you leave.",
  "Launch settings hold for all servers of the group, drill settings lie over them in drills only.",
  "Server Configurations has the settings of single servers, which lie over those of the group.",
];

/** A protection group to be made or changed. */
export default function ProtectionGroupEditorPage() {
  const { groupId } = useParams();
  return <GroupEditor key={groupId ?? "new"} groupId={groupId} />;
}

function GroupEditor({ groupId }: { readonly groupId: string | undefined }) {
  const editor = useEditor(groupId);
  const [active, setActive] = useState<TabId>("group");
  const [isTried, setTried] = useState(false);
  const [shownError, setShownError] = useState<unknown>(null);
  const { draft, error } = editor;
  if (error !== shownError) {
    setShownError(error);
    setActive(refusedTab(error) ?? active);
  }
  const isNew = groupId === undefined;
  const title = isNew ? "Create protection group" : `Edit ${editor.base?.groupName ?? "protection group"}`;
  if (!isNew && editor.base === undefined) {
    return <Unread read={editor.read} />;
  }
  const found = faultsOf(draft);
  const save = (applies: boolean): void => {
    setTried(true);
    if (Object.keys(found).length > 0) setActive(Object.keys(found).join() === "servers" ? "servers" : "group");
    else editor.save(applies);
  };
  return (
    <Page title={title} name={title} help={HELP}>
      <UnsavedGuard isDirty={editor.isDirty} />
      <form onSubmit={(event) => event.preventDefault()}>
        <Form actions={<Actions editor={editor} groupId={groupId} onSave={save} />}>
          <SpaceBetween size="m">
            <EditorTabs editor={editor} active={active} faults={isTried ? found : {}} onOpen={setActive} />
            <Refusals editor={editor} faults={isTried ? found : {}} />
          </SpaceBetween>
        </Form>
      </form>
    </Page>
  );
}

type Editor = ReturnType<typeof useEditor>;

function Unread({ read }: Pick<Editor, "read">) {
  return (
    <Page title="Edit protection group">
      {read.error === null ? (
        <Loading />
      ) : (
        <ErrorNotice what="The group could not be read" error={read.error} onRetry={() => void read.refetch()} />
      )}
    </Page>
  );
}

interface ActionsProps {
  readonly editor: Editor;
  readonly groupId: string | undefined;
  readonly onSave: (applies: boolean) => void;
}

function Actions({ editor, groupId, onSave }: ActionsProps) {
  const navigate = useNavigate();
  const [applies, setApplies] = useState(false);
  const isNew = groupId === undefined;
  return (
    <SpaceBetween direction="horizontal" size="xs" alignItems="center">
      {!isNew && (
        <Checkbox checked={applies} onChange={({ detail }) => setApplies(detail.checked)}>
          Apply the launch settings with it
        </Checkbox>
      )}
      <Button formAction="none" onClick={() => void navigate(isNew ? paths.groups : paths.group(groupId))}>
        Cancel
      </Button>
      <Permitted
        operation={isNew ? "create_protection_group" : "update_protection_group"}
        variant="primary"
        loading={editor.isBusy}
        unavailable={editor.isConflict ? "Choose first whose version is kept." : undefined}
        onClick={() => onSave(applies)}
      >
        {isNew ? "Create protection group" : "Save changes"}
      </Permitted>
    </SpaceBetween>
  );
}

/** Why the group is not saved: somebody else's change, the API's refusal, or what is missing in the form. */
function Refusals({ editor, faults }: { readonly editor: Editor; readonly faults: Readonly<Record<string, string>> }) {
  const missing = Object.values(faults);
  return (
    <>
      {editor.isConflict ? (
        <ConflictNotice
          what="This group"
          onReload={() => void editor.takeTheirs()}
          onKeep={() => void editor.keepMine()}
        />
      ) : (
        <ErrorNotice what="The group was not saved" error={editor.error} />
      )}
      {missing.length > 0 && (
        <Alert type="error" header="Something is missing">
          {missing.join(" ")}
        </Alert>
      )}
    </>
  );
}
