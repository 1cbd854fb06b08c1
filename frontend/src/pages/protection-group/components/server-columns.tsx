import type { TableProps } from "@cloudscape-design/components/table";
import type { Model } from "@/api/types";
import { FollowLink } from "@/components/follow-link";
import { paths } from "@/routes/paths";

/** Which server of a group a row is about: its name, which leads to its settings, and its id. */
export function serverColumns(
  groupId: string,
  nameOf: (id: string) => string,
): readonly TableProps.ColumnDefinition<Model<"ServerConfigView">>[] {
  return [
    {
      id: "server",
      header: "Server",
      isRowHeader: true,
      cell: ({ sourceServerId: id }) => <FollowLink href={paths.server(groupId, id)}>{nameOf(id)}</FollowLink>,
    },
    { id: "id", header: "Source server", cell: ({ sourceServerId }) => sourceServerId },
  ];
}
