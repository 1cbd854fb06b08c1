import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs from "@cloudscape-design/components/tabs";
import { useParams } from "react-router";
import type { Model } from "@/api/types";
import { useOperation } from "@/api/use-operation";
import { ErrorNotice } from "@/components/error-notice";
import { SettingsList } from "@/components/launch-settings/settings-list";
import { Loading } from "@/components/loading";
import { Page } from "@/components/page";
import { Time } from "@/components/time";
import { UsedBy } from "@/components/used-by";
import { count } from "@/text/amounts";
import { GroupActions } from "./components/group-actions";
import { ServerConfigurations } from "./components/server-configurations";
import { Servers } from "./components/servers";

const HELP = [
  "Saving launch settings changes nothing in AWS; applying brings them to DRS and to the launch templates.",
  "Open a server to see what DRS has now, and to give it settings of its own.",
];

/** One protection group: its servers, its launch settings and who uses it. */
export default function ProtectionGroupPage() {
  const { groupId = "" } = useParams();
  const read = useOperation("get_protection_group", { path: { groupId } }, { poll: true });
  const group = read.data;
  if (group === undefined) {
    return (
      <Page title="Protection group" help={HELP}>
        {read.error === null ? (
          <Loading />
        ) : (
          <ErrorNotice what="The group could not be read" error={read.error} onRetry={() => void read.refetch()} />
        )}
      </Page>
    );
  }
  return (
    <Page
      title={group.groupName}
      name={group.groupName}
      description={group.description}
      actions={<GroupActions group={group} />}
      help={HELP}
    >
      <SpaceBetween size="l">
        <ErrorNotice what="The group could not be read again" error={read.error} onRetry={() => void read.refetch()} />
        <Container header={<Header variant="h2">Group</Header>}>
          <KeyValuePairs columns={4} items={facts(group)} />
        </Container>
        <Tabs
          ariaLabel="Parts of the group"
          variant="container"
          tabs={[
            { id: "servers", label: "Servers", content: <Servers group={group} /> },
            {
              id: "configurations",
              label: "Server Configurations",
              content: <ServerConfigurations group={group} />,
              // What is typed there stays while another tab is open.
              contentRenderStrategy: "lazy",
            },
            {
              id: "launch",
              label: "Launch settings",
              content: <SettingsList settings={group.launchConfig} nothing="Servers are launched as DRS has it." />,
            },
            {
              id: "drill",
              label: "Drill settings",
              content: (
                <SettingsList settings={group.drillLaunchConfig} nothing="Drills are launched like recoveries." />
              ),
            },
          ]}
        />
      </SpaceBetween>
    </Page>
  );
}

const POLICY: Readonly<Record<Model<"DriftPolicy">, string>> = {
  REPAIR: "Brought to its settings, then launched",
  WARN: "Launched as DRS has it",
  BLOCK: "Not launched",
};

function facts(group: Model<"ProtectionGroup">) {
  const tags = Object.entries(group.serverSelectionTags).map(([key, value]) => `${key} = ${value}`);
  return [
    { label: "Account", value: group.accountId },
    { label: "Region", value: group.region },
    { label: "Owner", value: group.owner || "-" },
    { label: "Used by", value: <UsedBy groupId={group.groupId} /> },
    {
      label: "Servers chosen",
      value:
        tags.length > 0
          ? `By tags: ${tags.join(" and ")}`
          : `By list: ${count(group.sourceServerIds.length, "server")}`,
    },
    { label: "A server that differs is", value: POLICY[group.launchConfigPolicy ?? "REPAIR"] },
    { label: "Prepared instances", value: group.launchIntoMatching === undefined ? "Not used" : "By their names" },
    { label: "Changed", value: <Time at={group.updatedAt} /> },
  ];
}
