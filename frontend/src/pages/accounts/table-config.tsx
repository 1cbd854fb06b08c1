import Box from "@cloudscape-design/components/box";
import type { TableProps } from "@cloudscape-design/components/table";
import type { Model } from "@/api/types";
import { FollowLink } from "@/components/follow-link";
import { StatusWords } from "@/components/status";
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
      width: 160,
      minWidth: 150,
      cell: ({ accountId, accountName }) => (
        <>
          <FollowLink href={paths.account(accountId)}>{accountName}</FollowLink>
          <Box variant="small" display="block">
            {accountId}
          </Box>
        </>
      ),
    },
    {
      id: "status",
      header: "Status",
      width: 120,
      minWidth: 110,
      cell: ({ status }) => <StatusWords of={ACCOUNT} name={status} />,
    },
    {
      id: "places",
      header: "Regions and quotas",
      width: 270,
      minWidth: 260,
      cell: (account) => <PlaceList account={account} capacities={capacities} />,
    },
    {
      id: "entrance",
      header: "Role",
      width: 220,
      minWidth: 210,
      cell: (account) => (
        <>
          <Entrance account={account} isAsked={isValidated} />
          <Box variant="small" display="block">
            {account.hasExternalId ? "External id stored" : "No external id stored"}
          </Box>
        </>
      ),
    },
    {
      id: "staging",
      header: "Staging accounts",
      minWidth: 150,
      cell: ({ stagingAccounts }) => stagingAccounts.map(({ accountName }) => accountName).join(", ") || "-",
    },
  ];
}
