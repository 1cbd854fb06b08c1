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
    width: 150,
    minWidth: 140,
    cell: (group) => <FollowLink href={paths.group(group.groupId)}>{group.groupName}</FollowLink>,
  },
  { id: "description", header: "Description", width: 120, minWidth: 110, cell: (group) => group.description || "-" },
  { id: "accountId", header: "Account", width: 134, minWidth: 134, cell: (group) => group.accountId },
  { id: "region", header: "Region", width: 105, minWidth: 100, cell: (group) => group.region },
  { id: "selection", header: "Servers", width: 105, minWidth: 100, cell: selectionWords },
  { id: "usedBy", header: "Used by", width: 125, minWidth: 110, cell: (group) => <UsedBy groupId={group.groupId} /> },
  {
    id: "status",
    header: "Launch settings",
    width: 110,
    minWidth: 110,
    cell: (group) => <ConfigStatus group={group} />,
  },
  { id: "updatedAt", header: "Changed", minWidth: 100, cell: (group) => <Time at={group.updatedAt} /> },
];
