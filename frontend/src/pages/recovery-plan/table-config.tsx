import type { TableProps } from "@cloudscape-design/components/table";
import type { Model } from "@/api/types";
import { FollowLink } from "@/components/follow-link";
import { paths } from "@/routes/paths";
import { count } from "@/text/amounts";
import { FAILURE_POLICY } from "@/text/policies";

type Wave = Model<"Wave">;
type Check = NonNullable<Wave["healthChecks"]>[number];

/** A health check in words. */
export function checkWords(check: Check): string {
  if ("alarmName" in check) return `Alarm ${check.alarmName}`;
  return `Document ${check.documentName}, at most ${check.timeoutSeconds} s`;
}

/** The waves of a plan: what each recovers, what it waits for, and what happens if it fails. */
export function waveColumns(
  waves: readonly Wave[],
  nameOf: (groupId: string) => string,
): readonly TableProps.ColumnDefinition<Wave>[] {
  const hasDependencies = waves.some(({ dependsOnWaves }) => dependsOnWaves.length > 0);
  return [
    {
      id: "wave",
      header: "Wave",
      isRowHeader: true,
      sortingField: "waveNumber",
      cell: (wave) => `${wave.waveNumber + 1}. ${wave.waveName}`,
    },
    {
      id: "groups",
      header: "Protection groups",
      cell: (wave) =>
        wave.protectionGroupIds.map((groupId) => (
          <div key={groupId}>
            <FollowLink href={paths.group(groupId)}>{nameOf(groupId)}</FollowLink>
          </div>
        )),
    },
    {
      id: "waits",
      header: "Waits for",
      cell: ({ dependsOnWaves }) =>
        dependsOnWaves.length > 0
          ? dependsOnWaves.map((number) => `wave ${number + 1}`).join(", ")
          : hasDependencies
            ? "nothing"
            : "the wave before it",
    },
    {
      id: "pause",
      header: "Pause before",
      cell: (wave) => (wave.pauseBeforeWave ? "Until somebody approves" : "No"),
    },
    { id: "failurePolicy", header: "If it fails", cell: (wave) => FAILURE_POLICY[wave.failurePolicy] },
    {
      id: "minimumSuccess",
      header: "Succeeds with",
      cell: ({ minimumSuccess }) =>
        minimumSuccess === undefined
          ? "all servers"
          : typeof minimumSuccess === "number"
            ? count(minimumSuccess, "server")
            : `${minimumSuccess} of the servers`,
    },
    {
      id: "checks",
      header: "Health checks",
      cell: ({ healthChecks = [] }) =>
        healthChecks.length === 0
          ? "EC2's own"
          : healthChecks.map((check, position) => <div key={position}>{checkWords(check)}</div>),
    },
  ];
}
