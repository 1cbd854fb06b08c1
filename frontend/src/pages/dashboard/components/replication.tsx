import Box from "@cloudscape-design/components/box";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import type { Model } from "@/api/types";
import { useOperation } from "@/api/use-operation";
import { FindingList } from "@/components/finding-list";
import { StatusWords } from "@/components/status";
import { count } from "@/text/amounts";
import { REPLICATION, statusOf } from "@/text/statuses";
import { duration, secondsOf } from "@/text/time";
import { Section } from "./section";

type Server = Model<"InventoryServer">;

/** The server that lags most of a page, and by how much; none if none does. */
export function mostLagging(servers: readonly Server[]): { server: Server; seconds: number } | undefined {
  return servers
    .map((server) => ({ server, seconds: secondsOf(server.lagDuration) ?? 0 }))
    .filter(({ seconds }) => seconds > 0)
    .sort((one, other) => other.seconds - one.seconds)[0];
}

/** How the source servers of all accounts replicate. */
export function Replication() {
  const read = useOperation("get_source_server_inventory", { query: { limit: 100 } }, { poll: true });
  const inventory = read.data;
  const worst = mostLagging(inventory?.items ?? []);
  const states = Object.entries(inventory?.replicationStates ?? {});
  const isWhole = inventory?.nextToken === undefined;
  return (
    <Section
      title="Replication"
      description={
        inventory === undefined ? undefined : `${count(inventory.serverCount, "source server")} in all accounts.`
      }
      what="The source servers"
      isLoading={read.isPending}
      error={read.error}
      readAt={read.dataUpdatedAt}
      onRefresh={() => void read.refetch()}
    >
      <KeyValuePairs
        columns={4}
        items={[
          ...states.map(([state, number]) => ({
            label: statusOf(REPLICATION, state).words,
            value: <StateCount state={state} number={number} />,
          })),
          {
            label: isWhole ? "Longest lag" : "Longest lag among the first 100",
            value: worst === undefined ? "None" : `${duration(worst.seconds)}, ${worst.server.hostname}`,
          },
        ]}
      />
      {inventory?.complete === false && <Unread findings={inventory.findings} />}
    </Section>
  );
}

function StateCount({ state, number }: { readonly state: string; readonly number: number }) {
  return (
    <>
      {number} <StatusWords of={REPLICATION} name={state as Model<"ReplicationState">} />
    </>
  );
}

/** What could not be read, which is not the same as nothing. */
export function Unread({ findings }: { readonly findings: readonly Model<"Finding">[] }) {
  return (
    <>
      <Box color="text-status-error">Not everything could be read:</Box>
      <FindingList findings={findings} />
    </>
  );
}
