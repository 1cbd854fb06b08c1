import type { TableProps } from "@cloudscape-design/components/table";
import type { Model } from "@/api/types";
import { FollowLink } from "@/components/follow-link";
import { Time } from "@/components/time";
import { paths } from "@/routes/paths";
import { count } from "@/text/amounts";

type Group = Model<"ProtectionGroup">;

/** How a group chooses its servers, in words. */
export function selectionWords(group: Group): string {
  const tags = Object.entries(group.serverSelectionTags);
  if (tags.length === 0) return count(group.sourceServerIds.length, "server");
  return tags.map(([key, value]) => `${key} = ${value}`).join(" and ");
}

export const COLUMNS: readonly TableProps.ColumnDefinition<Group>[] = [
  {
    id: "groupName",
    header: "Name",
    isRowHeader: true,
    cell: (group) => <FollowLink href={paths.group(group.groupId)}>{group.groupName}</FollowLink>,
  },
  { id: "description", header: "Description", cell: (group) => group.description || "-" },
  { id: "accountId", header: "Account", cell: (group) => group.accountId },
  { id: "region", header: "Region", cell: (group) => group.region },
  { id: "selection", header: "Servers", cell: selectionWords },
  { id: "updatedAt", header: "Changed", cell: (group) => <Time at={group.updatedAt} /> },
];
