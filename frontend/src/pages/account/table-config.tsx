import SpaceBetween from "@cloudscape-design/components/space-between";
import type { TableProps } from "@cloudscape-design/components/table";
import type { Model } from "@/api/types";
import { FindingList } from "@/components/finding-list";
import { Sign } from "@/components/sign";
import { Permitted } from "@/permissions/permitted";
import { count } from "@/text/amounts";
import type { Staging } from "./hooks";

interface StagingActions {
  /** Whether AWS is still being asked. */
  readonly isAsking: boolean;
  readonly onAdd: (accountId: string) => void;
  readonly onRemove: (staging: Model<"StagingAccountView">) => void;
}

/** The columns of the staging accounts, with what can be done with each. */
export function stagingColumns(actions: StagingActions): readonly TableProps.ColumnDefinition<Staging>[] {
  const unknown = actions.isAsking ? "…" : "-";
  return [
    {
      id: "account",
      header: "Account",
      isRowHeader: true,
      minWidth: 160,
      cell: ({ accountId, registered, found }) => {
        const name = registered?.accountName ?? found?.accountName;
        return name === undefined || name === accountId ? accountId : `${name} (${accountId})`;
      },
    },
    { id: "registered", header: "State", minWidth: 200, cell: (staging) => <Standing staging={staging} /> },
    {
      id: "regions",
      header: "Regions",
      minWidth: 110,
      cell: ({ found }) => (found === undefined ? unknown : found.regions.join(", ") || "-"),
    },
    {
      id: "extended",
      header: "Servers extended",
      minWidth: 220,
      cell: ({ found }) => (found === undefined ? actions.isAsking ? "…" : "-" : <Extended found={found} />),
    },
    {
      id: "externalId",
      header: "External id",
      cell: ({ registered }) => (registered === undefined ? "-" : registered.hasExternalId ? "Stored" : "None"),
    },
    {
      id: "do",
      header: "Do",
      minWidth: 120,
      cell: ({ accountId, registered, found }) =>
        registered === undefined ? (
          <Permitted
            operation="add_staging_account"
            variant="inline-link"
            ariaLabel={`Add staging account ${accountId}`}
            unavailable={
              found?.registeredWith === undefined ? undefined : `It is a staging account of ${found.registeredWith}.`
            }
            onClick={() => actions.onAdd(accountId)}
          >
            Add
          </Permitted>
        ) : (
          <Permitted
            operation="remove_staging_account"
            variant="inline-link"
            ariaLabel={`Remove staging account ${registered.accountName}`}
            onClick={() => actions.onRemove(registered)}
          >
            Remove
          </Permitted>
        ),
    },
  ];
}

function Standing({ staging: { registered, found } }: { readonly staging: Staging }) {
  if (registered === undefined) {
    return (
      <Sign type="warning">
        {found?.registeredWith === undefined
          ? "Replicates servers, and is not registered"
          : `Registered with ${found.registeredWith}`}
      </Sign>
    );
  }
  if (found?.finding !== undefined) return <FindingList findings={[found.finding]} />;
  return <Sign type="success">Registered</Sign>;
}

function Extended({ found }: { readonly found: Model<"FoundStagingAccount"> }) {
  return (
    <SpaceBetween size="xxxs">
      <div>{count(found.extendedCount, "server")}</div>
      {found.unusableCount > 0 && <Sign type="error">{found.unusableCount} of them cannot be recovered</Sign>}
      {found.unusable.map(({ sourceServerId, region, message }) => (
        <div key={`${region} ${sourceServerId}`}>
          {sourceServerId} in {region}: {message}
        </div>
      ))}
    </SpaceBetween>
  );
}
