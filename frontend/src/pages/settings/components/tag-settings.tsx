import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Toggle from "@cloudscape-design/components/toggle";
import { ConflictNotice } from "@/components/conflict-notice";
import { ErrorNotice } from "@/components/error-notice";
import { reasonsBelow } from "@/components/field-errors";
import { Loading } from "@/components/loading";
import { Time } from "@/components/time";
import { Permitted } from "@/permissions/permitted";
import { count } from "@/text/amounts";
import type { TagSettings as Settings } from "../use-tag-settings";

const HOURS = Array.from({ length: 24 }, (_, position) => position + 1);

/** Whether tags of EC2 instances are copied to their source servers by the clock, and how often. */
export function TagSettings({ settings }: { readonly settings: Settings }) {
  const { read, base, draft, isConflict } = settings;
  const reasonFor = reasonsBelow(settings.error);
  const option = (hours: number) => ({ value: String(hours), label: count(hours, "hour") });
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Tags decide which servers a group recovers, so they are copied only if somebody turns it on."
        >
          Copying of tags
        </Header>
      }
    >
      <SpaceBetween size="m">
        <ErrorNotice what="The settings could not be read" error={read.error} onRetry={() => void read.refetch()} />
        {read.isPending && <Loading />}
        {base !== undefined && draft !== undefined && (
          <SpaceBetween size="m">
            {isConflict ? (
              <ConflictNotice
                what="The copying of tags"
                onReload={() => void settings.takeTheirs()}
                onKeep={() => void settings.keepMine()}
              />
            ) : (
              <ErrorNotice what="The settings were not saved" error={settings.error} />
            )}
            <FormField errorText={reasonFor("enabled")}>
              <Toggle checked={draft.enabled} onChange={({ detail }) => settings.change({ enabled: detail.checked })}>
                Copy the tags of EC2 instances by the clock
              </Toggle>
            </FormField>
            <FormField
              label="Every"
              description="From the beginning of one run to that of the next."
              errorText={reasonFor("intervalHours")}
            >
              <Select
                selectedOption={option(draft.intervalHours)}
                options={HOURS.map(option)}
                onChange={({ detail }) => settings.change({ intervalHours: Number(detail.selectedOption.value) })}
              />
            </FormField>
            <Permitted
              operation="update_tag_sync_settings"
              variant="primary"
              loading={settings.isBusy}
              unavailable={whyNot(settings)}
              onClick={settings.save}
            >
              Save
            </Permitted>
            {base.updatedBy !== undefined && (
              <small>
                Changed by {base.updatedBy}, <Time at={base.updatedAt} />
              </small>
            )}
          </SpaceBetween>
        )}
      </SpaceBetween>
    </Container>
  );
}

function whyNot({ isConflict, isDirty }: Settings): string | undefined {
  if (isConflict) return "Choose first whose version is kept.";
  return isDirty ? undefined : "Nothing is changed.";
}
