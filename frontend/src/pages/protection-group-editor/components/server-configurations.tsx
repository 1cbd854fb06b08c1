import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { CollectionTable } from "@/components/collection-table";
import { ServerSettingsForm } from "@/components/launch-settings/server-settings-form";
import { settingCount } from "@/components/launch-settings/settings";
import { useSourceServers } from "@/components/use-source-servers";
import { count } from "@/text/amounts";
import { type Draft, type Override, tagsOf } from "../draft";
import { useResolvedTags } from "../hooks";

interface ServerConfigurationsProps {
  readonly draft: Draft;
  readonly groupId?: string;
  readonly error: unknown;
  readonly onChange: (servers: readonly Override[]) => void;
}

/** The servers that the draft has, by its list or by its tags, and what each is called. */
function useServersOf(draft: Draft) {
  const place = { accountId: draft.accountId, region: draft.region };
  const resolved = useResolvedTags(place, tagsOf(draft.tags), draft.by === "tags");
  const tagged = (resolved.data?.pages ?? []).flatMap(({ items }) => items);
  const listed = useSourceServers(
    place.accountId === "" || place.region === "" ? undefined : place,
    draft.sourceServerIds,
  );
  const names = new Map(
    [...listed.known.values(), ...tagged].map((each) => [each.sourceServerId, each.hostname] as const),
  );
  const ids = draft.by === "list" ? draft.sourceServerIds : tagged.map(({ sourceServerId }) => sourceServerId);
  return { ids, nameOf: (id: string): string => names.get(id) ?? id };
}

/** Which servers of the group are launched otherwise than the group says, and how. */
export function ServerConfigurations({ draft, groupId, error, onChange }: ServerConfigurationsProps) {
  const [open, setOpen] = useState<string>();
  const place = { accountId: draft.accountId, region: draft.region };
  const { ids, nameOf } = useServersOf(draft);
  const options = ids.map((value) => ({ value, label: nameOf(value), description: value }));
  const position = draft.servers.findIndex(({ sourceServerId }) => sourceServerId === open);
  const override: Override = draft.servers[position] ?? { sourceServerId: open ?? "" };
  const put = (changed: Override): void =>
    onChange(
      position < 0 ? [...draft.servers, changed] : draft.servers.map((each, at) => (at === position ? changed : each)),
    );
  return (
    <SpaceBetween size="l">
      <CollectionTable<Override>
        title="Servers with settings of their own"
        noun="server with settings of its own"
        headingLevel="h3"
        variant="embedded"
        items={draft.servers}
        idOf={({ sourceServerId }) => sourceServerId}
        columns={[
          { id: "server", header: "Server", isRowHeader: true, cell: ({ sourceServerId: id }) => nameOf(id) },
          { id: "always", header: "Always", cell: (each) => count(settingCount(each.launchTemplate), "setting") },
          {
            id: "drills",
            header: "In drills",
            cell: (each) => count(settingCount(each.drillLaunchTemplate), "setting"),
          },
          {
            id: "actions",
            header: "Actions",
            cell: ({ sourceServerId: id }) => (
              <SpaceBetween direction="horizontal" size="xs">
                <Button variant="inline-link" ariaLabel={`Edit ${nameOf(id)}`} onClick={() => setOpen(id)}>
                  Edit
                </Button>
                <Button
                  variant="inline-link"
                  ariaLabel={`Remove the settings of ${nameOf(id)}`}
                  onClick={() => onChange(draft.servers.filter(({ sourceServerId }) => sourceServerId !== id))}
                >
                  Remove
                </Button>
              </SpaceBetween>
            ),
          },
        ]}
      />
      <FormField label="Server" description="Whose settings are shown below.">
        <Select
          selectedOption={options.find(({ value }) => value === open) ?? (open === undefined ? null : { value: open })}
          options={options}
          filteringType="auto"
          filteringAriaLabel="Find servers"
          placeholder="Choose a server of the group"
          empty="The group has no server yet."
          virtualScroll
          onChange={({ detail }) => setOpen(detail.selectedOption.value)}
        />
      </FormField>
      {open !== undefined && (
        <Container header={<Header variant="h3">Settings of {nameOf(open)}</Header>}>
          <ServerSettingsForm
            key={open}
            place={place}
            groupId={groupId}
            serverId={open}
            group={draft}
            settings={{
              launchTemplate: override.launchTemplate ?? {},
              drillLaunchTemplate: override.drillLaunchTemplate ?? {},
            }}
            error={error}
            path={`servers[${Math.max(position, 0)}]`}
            onChange={(settings) => put({ ...override, useGroupDefaults: false, ...settings })}
          />
        </Container>
      )}
    </SpaceBetween>
  );
}
