import type { TableProps } from "@cloudscape-design/components/table";
import type { Model } from "@/api/types";
import { FollowLink } from "@/components/follow-link";
import { Time } from "@/components/time";
import { UsedBy } from "@/components/used-by";
import { paths } from "@/routes/paths";
import { count } from "@/text/amounts";
import { ConfigStatus } from "./components/config-status";

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
    minWidth: 160,
    cell: (group) => <FollowLink href={paths.group(group.groupId)}>{group.groupName}</FollowLink>,
  },
  { id: "description", header: "Description", minWidth: 140, cell: (group) => group.description || "-" },
  { id: "accountId", header: "Account", minWidth: 150, cell: (group) => group.accountId },
  { id: "region", header: "Region", minWidth: 110, cell: (group) => group.region },
  { id: "selection", header: "Servers", minWidth: 140, cell: selectionWords },
  { id: "usedBy", header: "Used by", minWidth: 130, cell: (group) => <UsedBy groupId={group.groupId} /> },
  { id: "status", header: "Launch settings", minWidth: 220, cell: (group) => <ConfigStatus group={group} /> },
  { id: "updatedAt", header: "Changed", minWidth: 150, cell: (group) => <Time at={group.updatedAt} /> },
];
