import type { TableProps } from "@cloudscape-design/components/table";
import type { Model } from "@/api/types";
import { StatusWords } from "@/components/status";
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
