import SpaceBetween from "@cloudscape-design/components/space-between";
import { ErrorNotice } from "@/components/error-notice";
import { FollowLink } from "@/components/follow-link";
import { TagPlaces } from "@/components/tag-places";
import { TagSyncButton } from "@/components/tag-sync-button";
import { useTagSync } from "@/components/use-tag-sync";
import { paths } from "@/routes/paths";

/** How the tags of this account's servers follow those of their instances. */
export function Tags({ accountId }: { readonly accountId: string }) {
  const read = useTagSync();
  return (
    <SpaceBetween size="s">
      <ErrorNotice
        what="The copying of tags could not be read"
        error={read.error}
        onRetry={() => void read.refetch()}
      />
      <div>
        Tags of EC2 instances are copied to their source servers in all accounts at once; when, is said in the{" "}
        <FollowLink href={paths.settings}>settings</FollowLink>.
      </div>
      <TagSyncButton />
      <TagPlaces
        variant="embedded"
        places={(read.data?.places ?? []).filter((place) => place.accountId === accountId)}
        isLoading={read.isPending}
      />
    </SpaceBetween>
  );
}
