import Checkbox from "@cloudscape-design/components/checkbox";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs from "@cloudscape-design/components/tabs";
import { useState } from "react";
import { useParams } from "react-router";
import { useOperation } from "@/api/use-operation";
import { ApplyDialog } from "@/components/apply-dialog";
import { ConfirmDialog } from "@/components/confirm-dialog";
import { ConflictNotice } from "@/components/conflict-notice";
import { ErrorNotice } from "@/components/error-notice";
import { ServerSettingsForm } from "@/components/launch-settings/server-settings-form";
import { Loading } from "@/components/loading";
import { Page } from "@/components/page";
import { UnsavedGuard } from "@/components/unsaved-guard";
import { useSourceServers } from "@/components/use-source-servers";
import { Permitted } from "@/permissions/permitted";
import { History } from "./components/history";
import { Now } from "./components/now";
import { useServerSettings } from "./hooks";

const HELP = [
  "The settings of a server lie over those of its group, field by field.",
  "A static address is looked at while it is typed; nothing is reserved.",
];

/** The launch settings of one server of a group. */
export default function ServerConfigurationPage() {
  const { groupId = "", serverId = "" } = useParams();
  return <Configuration key={`${groupId}/${serverId}`} groupId={groupId} serverId={serverId} />;
}

function Configuration({ groupId, serverId }: { readonly groupId: string; readonly serverId: string }) {
  const [open, setOpen] = useState<"apply" | "remove">();
  const group = useOperation("get_protection_group", { path: { groupId } });
  const form = useServerSettings(groupId, serverId);
  const { known } = useSourceServers(group.data, [serverId]);
  const name = known.get(serverId)?.hostname ?? serverId;
  const { base, settings, save } = form;
  if (base === undefined || settings === undefined || group.data === undefined) {
    return <Unread error={form.read.error ?? group.error} onRetry={() => void form.read.refetch()} />;
  }
  return (
    <Page
      title={name}
      name={name}
      description={`${serverId} of ${group.data.groupName}`}
      actions={<Actions form={form} base={base} onAsk={setOpen} />}
      help={HELP}
    >
      <UnsavedGuard isDirty={form.isDirty} />
      <SpaceBetween size="m">
        {form.isConflict ? (
          <ConflictNotice
            what="This group"
            onReload={() => void form.takeTheirs()}
            onKeep={() => void form.keepMine()}
          />
        ) : (
          <ErrorNotice what="The settings were not saved" error={save.error} />
        )}
        <Tabs
          ariaLabel="Parts of the server's configuration"
          variant="container"
          tabs={[
            {
              id: "settings",
              label: "Settings",
              content: (
                <ServerSettingsForm
                  place={group.data}
                  groupId={groupId}
                  serverId={serverId}
                  group={group.data}
                  settings={settings}
                  error={save.error}
                  onChange={form.change}
                />
              ),
            },
            { id: "now", label: "As it is now", content: <Now stored={form.read.data ?? base} /> },
            { id: "history", label: "History", content: <History groupId={groupId} serverId={serverId} /> },
          ]}
        />
      </SpaceBetween>
      {open === "apply" && (
        <ApplyDialog
          group={group.data}
          sourceServerIds={[serverId]}
          serverCount={1}
          onDismiss={() => setOpen(undefined)}
        />
      )}
      {open === "remove" && (
        <ConfirmDialog
          question={`Remove the settings of ${name}?`}
          operation="delete_server_launch_config"
          verb="Remove the settings of 1 server"
          isBusy={form.remove.isPending}
          error={form.remove.error}
          onConfirm={() => form.drop(() => setOpen(undefined))}
          onDismiss={() => setOpen(undefined)}
        >
          The server, in account {group.data.accountId}, {group.data.region}, then has the settings of{" "}
          {group.data.groupName}. Nothing is changed in AWS until they are applied.
        </ConfirmDialog>
      )}
    </Page>
  );
}

function Unread({ error, onRetry }: { readonly error: Error | null; readonly onRetry: () => void }) {
  return (
    <Page title="Server configuration" help={HELP}>
      {error === null ? (
        <Loading />
      ) : (
        <ErrorNotice what="The settings could not be read" error={error} onRetry={onRetry} />
      )}
    </Page>
  );
}

type SettingsForm = ReturnType<typeof useServerSettings>;

interface ActionsProps {
  readonly form: SettingsForm;
  readonly base: NonNullable<SettingsForm["base"]>;
  readonly onAsk: (what: "apply" | "remove") => void;
}

function Actions({ form, base, onAsk }: ActionsProps) {
  const [applies, setApplies] = useState(false);
  const hasOwn = base.launchTemplate !== undefined || base.drillLaunchTemplate !== undefined;
  return (
    <SpaceBetween direction="horizontal" size="xs" alignItems="center">
      <Permitted
        operation="delete_server_launch_config"
        unavailable={hasOwn ? undefined : "The server has the settings of its group."}
        onClick={() => onAsk("remove")}
      >
        Remove its settings
      </Permitted>
      <Permitted
        operation="apply_launch_configs"
        unavailable={form.isDirty ? "Save the changes first." : undefined}
        onClick={() => onAsk("apply")}
      >
        Apply
      </Permitted>
      <Checkbox checked={applies} onChange={({ detail }) => setApplies(detail.checked)}>
        Apply with saving
      </Checkbox>
      <Permitted
        operation="update_server_launch_config"
        variant="primary"
        loading={form.save.isPending}
        unavailable={unsavable(form)}
        onClick={() => form.send(applies)}
      >
        Save changes
      </Permitted>
    </SpaceBetween>
  );
}

function unsavable({ isConflict, isDirty }: SettingsForm): string | undefined {
  if (isConflict) return "Choose first whose version is kept.";
  return isDirty ? undefined : "Nothing is changed.";
}
