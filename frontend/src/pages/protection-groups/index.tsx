import PropertyFilter from "@cloudscape-design/components/property-filter";
import { useState } from "react";
import { useNavigate } from "react-router";
import type { Model } from "@/api/types";
import { PagedTable } from "@/components/paged-table";
import { Permitted } from "@/permissions/permitted";
import { paths } from "@/routes/paths";
import { count } from "@/text/amounts";
import { FILTERING_OPTIONS, FILTERING_PROPERTIES, NO_FILTER } from "./filters";
import { useGroups } from "./hooks";
import { COLUMNS } from "./table-config";

/** The protection groups, by name, a page at a time. */
export default function ProtectionGroupsPage() {
  const navigate = useNavigate();
  const [query, setQuery] = useState(NO_FILTER);
  const groups = useGroups(query);
  return (
    <PagedTable<Model<"ProtectionGroup">>
      title="Protection groups"
      noun="protection group"
      pages={groups}
      columns={COLUMNS}
      idOf={({ groupId }) => groupId}
      nameOf={({ groupName }) => groupName}
      empty={query.tokens.length > 0 ? "No protection group matches." : undefined}
      filter={
        <PropertyFilter
          query={query}
          filteringProperties={FILTERING_PROPERTIES}
          filteringOptions={FILTERING_OPTIONS}
          filteringAriaLabel="Find protection groups"
          filteringPlaceholder="Find protection groups"
          countText={groups.count === undefined ? undefined : count(groups.count, "match", "matches")}
          onChange={({ detail }) => setQuery(detail)}
        />
      }
      actions={
        <Permitted operation="create_protection_group" variant="primary" onClick={() => void navigate(paths.newGroup)}>
          Create protection group
        </Permitted>
      }
    />
  );
}
