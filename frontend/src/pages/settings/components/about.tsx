import Container from "@cloudscape-design/components/container";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { TableProps } from "@cloudscape-design/components/table";
import { GIVEN_BY, type PermissionName } from "@/api/generated/operations";
import { useOperation } from "@/api/use-operation";
import { CollectionTable } from "@/components/collection-table";
import { ErrorNotice } from "@/components/error-notice";
import { Sign } from "@/components/sign";
import { Time } from "@/components/time";
import { count } from "@/text/amounts";

interface Right {
  readonly permission: PermissionName;
  readonly isHeld: boolean;
}

const COLUMNS: readonly TableProps.ColumnDefinition<Right>[] = [
  {
    id: "permission",
    header: "Permission",
    isRowHeader: true,
    cell: ({ permission }) => permission.replaceAll("_", " "),
    sortingField: "permission",
  },
  {
    id: "held",
    header: "You",
    minWidth: 190,
    cell: ({ isHeld }) => (
      <Sign type={isHeld ? "success" : "stopped"}>{isHeld ? "You have it" : "You do not have it"}</Sign>
    ),
    sortingField: "isHeld",
  },
  { id: "roles", header: "Roles that give it", cell: ({ permission }) => GIVEN_BY[permission].join(", ") },
];

/** Which system this is, whether it is well, who you are in it, and what your roles let you do. */
export function About() {
  return (
    <SpaceBetween size="l">
      <ThisSystem />
      <You />
    </SpaceBetween>
  );
}

function ThisSystem() {
  const hub = useOperation("get_current_account", {}, { staleMilliseconds: 60 * 60_000 });
  const health = useOperation("health", {}, { poll: true });
  const facts = hub.data;
  return (
    <SpaceBetween size="l">
      <ErrorNotice what="The system could not be read" error={hub.error} onRetry={() => void hub.refetch()} />
      <Container header={<Header variant="h2">This system</Header>}>
        <KeyValuePairs
          columns={3}
          items={[
            { label: "Hub account", value: facts?.accountId ?? "…" },
            { label: "Region", value: facts?.region ?? "…" },
            { label: "Partition", value: facts?.partition ?? "…" },
            { label: "API", value: <Health error={health.error} isKnown={health.data !== undefined} /> },
            { label: "Looked at", value: <Time at={health.data?.checkedAt} /> },
          ]}
        />
        {facts !== undefined && (
          <ExpandableSection headerText={`DRS exists in ${count(facts.drsRegions.length, "region")}`}>
            {facts.drsRegions.join(", ")}
          </ExpandableSection>
        )}
      </Container>
    </SpaceBetween>
  );
}

function You() {
  const user = useOperation("get_user_permissions", {}, { staleMilliseconds: 5 * 60_000 });
  const held = new Set<string>(user.data?.permissions ?? []);
  const rights = (Object.keys(GIVEN_BY) as PermissionName[]).map((permission) => ({
    permission,
    isHeld: held.has(permission),
  }));
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2">You</Header>}>
        <KeyValuePairs
          columns={2}
          items={[
            { label: "Name", value: user.data?.user ?? "…" },
            { label: "Roles", value: user.data?.roles.join(", ") ?? "…" },
          ]}
        />
      </Container>
      <CollectionTable<Right>
        title="What you may do"
        noun="permission"
        items={rights}
        columns={COLUMNS}
        idOf={({ permission }) => permission}
        isLoading={user.isPending}
        pageSize={30}
        description="Roles are groups of the user pool; an administrator of the pool changes who is in them."
      />
    </SpaceBetween>
  );
}

function Health({ error, isKnown }: { readonly error: Error | null; readonly isKnown: boolean }) {
  if (error !== null) return <Sign type="error">Not well: {error.message}</Sign>;
  return isKnown ? <Sign type="success">Well</Sign> : <>…</>;
}
