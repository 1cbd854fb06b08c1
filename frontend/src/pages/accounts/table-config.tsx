import type { TableProps } from "@cloudscape-design/components/table";
import type { Model } from "@/api/types";
import { FollowLink } from "@/components/follow-link";
import { StatusWords } from "@/components/status";
import { Time } from "@/components/time";
import { paths } from "@/routes/paths";
import { ACCOUNT } from "@/text/statuses";
import { Entrance } from "./components/entrance";
import { PlaceList } from "./components/place-list";
import type { useCapacities } from "./hooks";

type Account = Model<"TargetAccountView">;

/** The columns of the accounts; some show what was read beside the list. */
export function columnsWith(
  capacities: ReturnType<typeof useCapacities>,
  isValidated: boolean,
): readonly TableProps.ColumnDefinition<Account>[] {
  return [
    {
      id: "accountName",
      header: "Name",
      isRowHeader: true,
      minWidth: 140,
      cell: ({ accountId, accountName }) => <FollowLink href={paths.account(accountId)}>{accountName}</FollowLink>,
    },
    { id: "accountId", header: "Account", minWidth: 160, cell: ({ accountId }) => accountId },
    { id: "status", header: "Status", minWidth: 120, cell: ({ status }) => <StatusWords of={ACCOUNT} name={status} /> },
    {
      id: "places",
      header: "Regions and quotas",
      minWidth: 260,
      cell: (account) => <PlaceList account={account} capacities={capacities} />,
    },
    {
      id: "entrance",
      header: "Role",
      minWidth: 250,
      cell: (account) => <Entrance account={account} isAsked={isValidated} />,
    },
    {
      id: "staging",
      header: "Staging accounts",
      minWidth: 150,
      cell: ({ stagingAccounts }) => stagingAccounts.map(({ accountName }) => accountName).join(", ") || "-",
    },
    {
      id: "externalId",
      header: "External id",
      minWidth: 110,
      cell: ({ hasExternalId }) => (hasExternalId ? "Stored" : "None"),
    },
    { id: "updatedAt", header: "Changed", minWidth: 180, cell: ({ updatedAt }) => <Time at={updatedAt} /> },
  ];
}
