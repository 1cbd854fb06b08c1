import AttributeEditor from "@cloudscape-design/components/attribute-editor";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { CollectionTable } from "@/components/collection-table";
import { ErrorNotice } from "@/components/error-notice";
import { useSettled } from "@/components/use-settled";
import { count } from "@/text/amounts";
import { tagsOf, type TagRow } from "../draft";
import { useResolvedTags } from "../hooks";
import { RESOLVED_COLUMNS } from "../table-config";

interface TagSelectionProps {
  readonly place: { readonly accountId: string; readonly region: string };
  readonly rows: readonly TagRow[];
  readonly onChange: (rows: readonly TagRow[]) => void;
}

/** The tags that servers must all carry, and who carries them now. */
export function TagSelection({ place, rows, onChange }: TagSelectionProps) {
  const tags = useSettled(tagsOf(rows));
  const resolved = useResolvedTags(place, tags, true);
  const pages = resolved.data?.pages ?? [];
  const servers = pages.flatMap(({ items }) => items);
  const total = pages.at(-1)?.serverCount;
  const set = (index: number, change: Partial<TagRow>): void =>
    onChange(rows.map((row, position) => (position === index ? { ...row, ...change } : row)));
  return (
    <SpaceBetween size="m">
      <AttributeEditor<TagRow>
        items={rows}
        addButtonText="Add tag"
        removeButtonText="Remove"
        empty="No tag is named."
        definition={[
          {
            label: "Key",
            control: ({ key }, index) => (
              <Input
                value={key}
                ariaLabel={`Key of tag ${index + 1}`}
                onChange={({ detail }) => set(index, { key: detail.value })}
              />
            ),
          },
          {
            label: "Value",
            control: ({ value }, index) => (
              <Input
                value={value}
                ariaLabel={`Value of tag ${index + 1}`}
                onChange={({ detail }) => set(index, { value: detail.value })}
              />
            ),
          },
        ]}
        onAddButtonClick={() => onChange([...rows, { key: "", value: "" }])}
        onRemoveButtonClick={({ detail }) => onChange(rows.filter((_, index) => index !== detail.itemIndex))}
      />
      <ErrorNotice
        what="Who carries the tags could not be read"
        error={resolved.error}
        onRetry={() => void resolved.refetch()}
      />
      {Object.keys(tags).length === 0 ? (
        <Box>Name a tag to see which servers carry it.</Box>
      ) : (
        <>
          <div role="status">{total !== undefined && `${count(total, "server")} would be taken now.`}</div>
          <CollectionTable
            title="Servers with these tags"
            noun="server"
            headingLevel="h3"
            variant="embedded"
            items={servers}
            columns={RESOLVED_COLUMNS}
            idOf={({ sourceServerId }) => sourceServerId}
            isLoading={resolved.isLoading}
          />
          {resolved.hasNextPage && (
            <Button loading={resolved.isFetchingNextPage} onClick={() => void resolved.fetchNextPage()}>
              Read more of them
            </Button>
          )}
        </>
      )}
    </SpaceBetween>
  );
}
