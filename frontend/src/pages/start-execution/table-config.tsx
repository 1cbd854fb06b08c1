import type { TableProps } from "@cloudscape-design/components/table";
import type { Model } from "@/api/types";
import { FollowLink } from "@/components/follow-link";
import { InstanceLink } from "@/components/instance-link";
import { StatusWords } from "@/components/status";
import { Time } from "@/components/time";
import { paths } from "@/routes/paths";
import { OUTCOME } from "@/text/statuses";
import { codeWords, type Finding, prevents } from "./findings";

/** A finding has no id; what it is about, and what it says, tell it from the others. */
export function idOfFinding({ code, reason, accountId, region, groupId, waveNumber, message }: Finding): string {
  return JSON.stringify([code, reason, accountId, region, groupId, waveNumber, message]);
}

export const FINDING_COLUMNS: readonly TableProps.ColumnDefinition<Finding>[] = [
  {
    id: "outcome",
    header: "Outcome",
    minWidth: 150,
    cell: (finding) =>
      finding.outcome === "FAIL" && !prevents(finding) ? (
        "Does not prevent a start"
      ) : (
        <StatusWords of={OUTCOME} name={finding.outcome} />
      ),
  },
  { id: "message", header: "What was found", minWidth: 240, isRowHeader: true, cell: (finding) => finding.message },
  { id: "code", header: "Check", sortingField: "code", cell: (finding) => codeWords(finding.code) },
  {
    id: "place",
    header: "Where",
    minWidth: 150,
    cell: ({ accountId, region, groupName, waveNumber }) =>
      [
        waveNumber === undefined ? undefined : `wave ${waveNumber + 1}`,
        groupName,
        [accountId, region].filter(Boolean).join(" ") || undefined,
      ]
        .filter((part) => part !== undefined)
        .map((part) => <div key={part}>{part}</div>),
  },
  {
    id: "servers",
    header: "Servers",
    cell: ({ serverIds }) => (serverIds.length === 0 ? "-" : serverIds.map((id) => <div key={id}>{id}</div>)),
  },
];

export const SERVER_COLUMNS: readonly TableProps.ColumnDefinition<Model<"ResolvedServer">>[] = [
  { id: "name", header: "Server", isRowHeader: true, sortingField: "name", cell: ({ name }) => name },
  { id: "id", header: "Source server", cell: ({ server }) => server.sourceServerId },
  { id: "place", header: "Account and region", cell: ({ server }) => `${server.accountId} ${server.region}` },
  { id: "staging", header: "Replicated in", cell: ({ staging }) => staging?.accountId ?? "the same account" },
];

export const REPLACED_COLUMNS: readonly TableProps.ColumnDefinition<Model<"ReplacedInstance">>[] = [
  {
    id: "instance",
    header: "Instance",
    isRowHeader: true,
    cell: ({ instanceId, instanceName }) => `${instanceName ?? ""} ${instanceId}`.trim(),
  },
  { id: "server", header: "Server launched into it", cell: ({ serverName }) => serverName },
  { id: "wave", header: "Wave", cell: ({ waveNumber }) => waveNumber + 1 },
  { id: "address", header: "Address", cell: ({ privateAddress }) => privateAddress ?? "-" },
  { id: "place", header: "Account and region", cell: ({ accountId, region }) => `${accountId} ${region}` },
  { id: "volumes", header: "Volumes lost", cell: ({ volumeIds }) => volumeIds.join(", ") || "-" },
];

export const EXISTING_COLUMNS: readonly TableProps.ColumnDefinition<Model<"ExistingInstance">>[] = [
  {
    id: "instance",
    header: "Instance",
    isRowHeader: true,
    cell: ({ region, ec2InstanceId }) => <InstanceLink region={region} instanceId={ec2InstanceId} />,
  },
  { id: "server", header: "Server", cell: ({ serverName }) => serverName },
  { id: "wave", header: "Wave", cell: ({ waveNumber }) => waveNumber + 1 },
  { id: "state", header: "State in EC2", cell: ({ ec2State }) => ec2State ?? "Not known" },
  {
    id: "from",
    header: "Comes from",
    minWidth: 160,
    cell: ({ isDrill, executionId, launchedInto }) => (
      <>
        <div>{isDrill === undefined ? "Not known whether a drill" : isDrill ? "A drill" : "A recovery"}</div>
        {executionId === undefined ? (
          <div>No execution that is known here</div>
        ) : (
          <FollowLink href={paths.execution(executionId)}>{executionId}</FollowLink>
        )}
        {launchedInto === true && <div>It was there before, and the server was launched into it</div>}
      </>
    ),
  },
  { id: "point", header: "Recovered to", cell: ({ pointInTime }) => <Time at={pointInTime} missing="Not known" /> },
  { id: "place", header: "Account and region", cell: ({ accountId, region }) => `${accountId} ${region}` },
];
