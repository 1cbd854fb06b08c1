import SpaceBetween from "@cloudscape-design/components/space-between";
import type { TableProps } from "@cloudscape-design/components/table";
import type { Model } from "@/api/types";
import { EmbeddedTable } from "@/components/embedded-table";
import { InstanceLink } from "@/components/instance-link";
import { Time } from "@/components/time";
import { UnreadPlaces } from "@/components/unread-places";
import { useInstances } from "../hooks";

type Instance = Model<"RecoveryInstanceView">;

interface InstancesProps {
  readonly executionId: string;
  readonly waveNumber: number;
  readonly poll: boolean;
}

const COLUMNS: readonly TableProps.ColumnDefinition<Instance>[] = [
  {
    id: "instance",
    header: "Instance",
    isRowHeader: true,
    cell: ({ region, ec2InstanceId }) => <InstanceLink region={region} instanceId={ec2InstanceId} />,
  },
  { id: "server", header: "Server", cell: ({ sourceServerId }) => sourceServerId },
  { id: "state", header: "State in EC2", cell: ({ ec2State }) => ec2State ?? "Not known" },
  { id: "account", header: "Account", cell: ({ accountId, region }) => `${accountId} (${region})` },
  { id: "job", header: "Job", cell: ({ jobId }) => jobId },
  { id: "point", header: "Recovered to", cell: ({ pointInTime }) => <Time at={pointInTime} /> },
  {
    id: "before",
    header: "At the end",
    cell: ({ launchedInto }) => (launchedInto ? "Stays: it was there before" : "Is terminated with the others"),
  },
];

/** The instances of a wave that exist at this moment, as DRS says. */
export function Instances({ executionId, waveNumber, poll }: InstancesProps) {
  const pages = useInstances(executionId, waveNumber, poll);
  return (
    <SpaceBetween size="s">
      <UnreadPlaces places={pages.page?.unread ?? []} />
      <EmbeddedTable
        title="Instances that exist now"
        noun="instance"
        headingLevel="h3"
        variant="borderless"
        pages={pages}
        columns={COLUMNS}
        idOf={({ accountId, region, recoveryInstanceId }) => `${accountId} ${region} ${recoveryInstanceId}`}
      />
    </SpaceBetween>
  );
}
