import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Model } from "@/api/types";
import { useOperation } from "@/api/use-operation";
import { StatusWords } from "@/components/status";
import { CONFIG } from "@/text/statuses";

type Group = Model<"ProtectionGroup">;
type Name = Model<"ConfigStatus">;

// What needs a person comes first.
const ORDER: readonly Name[] = ["FAILED", "DRIFTED", "PENDING", "IN_PROGRESS", "APPLIED"];

/** Whether anything is stored that DRS should be told. */
export function hasSettings(group: Group): boolean {
  return group.launchConfig !== undefined || group.servers.length > 0;
}

/** How far the launch settings of a group are applied: how many servers are how. */
export function ConfigStatus({ group }: { readonly group: Group }) {
  const isAsked = hasSettings(group);
  const read = useOperation(
    "get_launch_config_status",
    { path: { groupId: group.groupId }, query: { limit: 1 } },
    { enabled: isAsked, staleMilliseconds: 30_000, poll: ({ run } = {} as never) => run?.status === "RUNNING" },
  );
  if (!isAsked) return <StatusWords of={CONFIG} name="NONE" />;
  if (read.error !== null) return <>Could not be read</>;
  if (read.data === undefined) return <>…</>;
  const { counts } = read.data;
  const told = ORDER.filter((name) => (counts[name] ?? 0) > 0);
  if (told.length === 0) return <StatusWords of={CONFIG} name="NONE" />;
  return (
    <SpaceBetween size="xxxs">
      {told.map((name) => (
        <div key={name}>
          <StatusWords of={CONFIG} name={name} /> ({counts[name]})
        </div>
      ))}
    </SpaceBetween>
  );
}
