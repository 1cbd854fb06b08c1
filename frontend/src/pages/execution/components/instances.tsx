import Alert from "@cloudscape-design/components/alert";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { TableProps } from "@cloudscape-design/components/table";
import type { Model } from "@/api/types";
import { EmbeddedTable } from "@/components/embedded-table";
import { Time } from "@/components/time";
import { instanceAddress } from "../aws-links";
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
    cell: ({ region, ec2InstanceId }) => (
      <Link
        href={instanceAddress(region, ec2InstanceId)}
        external
        externalIconAriaLabel="In the AWS console, in a new tab"
      >
        {ec2InstanceId}
      </Link>
    ),
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
  const unread = pages.page?.unread ?? [];
  return (
    <SpaceBetween size="s">
      {unread.length > 0 && (
        <Alert type="warning" header="Some places could not be asked: their instances are not known, not absent">
          {unread.map(({ accountId, region, message }) => (
            <div key={`${accountId} ${region}`}>
              Account {accountId} ({region}): {message}
            </div>
          ))}
        </Alert>
      )}
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
