import TextFilter from "@cloudscape-design/components/text-filter";
import { useState } from "react";
import { useNavigate } from "react-router";
import type { Model } from "@/api/types";
import { usePages } from "@/api/use-pages";
import { PagedTable } from "@/components/paged-table";
import { Permitted } from "@/permissions/permitted";
import { paths } from "@/routes/paths";
import { COLUMNS } from "./table-config";

/** The protection groups, by name, a page at a time. */
export default function ProtectionGroupsPage() {
  const navigate = useNavigate();
  const [namePrefix, setNamePrefix] = useState("");
  const pages = usePages("list_protection_groups", { limit: 50, namePrefix });
  return (
    <PagedTable<Model<"ProtectionGroup">>
      title="Protection groups"
      noun="protection group"
      pages={pages}
      columns={COLUMNS}
      idOf={({ groupId }) => groupId}
      nameOf={({ groupName }) => groupName}
      filter={
        <TextFilter
          filteringText={namePrefix}
          filteringPlaceholder="Name begins with"
          filteringAriaLabel="Name begins with"
          onChange={({ detail }) => setNamePrefix(detail.filteringText)}
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
