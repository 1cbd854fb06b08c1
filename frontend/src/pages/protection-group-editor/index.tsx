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
import { faults } from "./draft";
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
  const { read } = editor;
  if (groupId === undefined || editor.base !== undefined) return <Filled groupId={groupId} editor={editor} />;
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

interface FilledProps {
  readonly groupId: string | undefined;
  readonly editor: ReturnType<typeof useEditor>;
}

function Filled({ groupId, editor }: FilledProps) {
  const navigate = useNavigate();
  const [active, setActive] = useState<TabId>("group");
  const [isTried, setTried] = useState(false);
  const [applies, setApplies] = useState(false);
  const [shownError, setShownError] = useState<unknown>(null);
  const { draft, error, isConflict } = editor;
  if (error !== shownError) {
    setShownError(error);
    setActive(refusedTab(error) ?? active);
  }
  const isNew = groupId === undefined;
  const title = isNew ? "Create protection group" : `Edit ${editor.base?.groupName ?? "protection group"}`;
  const found = faults(draft);
  const shown = isTried ? found : {};
  const save = (): void => {
    setTried(true);
    if (Object.keys(found).length > 0) setActive(Object.keys(found).join() === "servers" ? "servers" : "group");
    else editor.save(applies);
  };
  return (
    <Page title={title} name={title} help={HELP}>
      <UnsavedGuard isDirty={editor.isDirty} />
      <form onSubmit={(event) => event.preventDefault()}>
        <Form
          actions={
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
                unavailable={isConflict ? "Choose first whose version is kept." : undefined}
                onClick={save}
              >
                {isNew ? "Create protection group" : "Save changes"}
              </Permitted>
            </SpaceBetween>
          }
        >
          <SpaceBetween size="m">
            {isConflict ? (
              <ConflictNotice
                what="This group"
                onReload={() => void editor.takeTheirs()}
                onKeep={() => void editor.keepMine()}
              />
            ) : (
              <ErrorNotice what="The group was not saved" error={error} />
            )}
            <Missing words={Object.values(shown)} />
            <EditorTabs editor={editor} active={active} faults={shown} onOpen={setActive} />
          </SpaceBetween>
        </Form>
      </form>
    </Page>
  );
}

function Missing({ words }: { readonly words: readonly string[] }) {
  if (words.length === 0) return null;
  return (
    <Alert type="error" header="Something is missing">
      {words.join(" ")}
    </Alert>
  );
}
