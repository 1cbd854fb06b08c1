import SpaceBetween from "@cloudscape-design/components/space-between";
import { ErrorNotice } from "@/components/error-notice";
import { Freshness } from "@/components/freshness";
import { RegionChecks } from "@/components/region-checks";
import { useEntrance } from "@/components/use-entrance";
import { Permitted } from "@/permissions/permitted";

/** Whether the hub gets into the account, region by region, and what to do where it does not. */
export function Entrance({ accountId }: { readonly accountId: string }) {
  const read = useEntrance(accountId, true);
  const validate = (): void => void read.refetch();
  return (
    <SpaceBetween size="s">
      <ErrorNotice what="The account could not be validated" error={read.error} onRetry={validate} />
      <RegionChecks
        title="Way in"
        checks={read.data?.regions ?? []}
        isLoading={read.isPending}
        description="The role is assumed anew, and DRS is asked in each region in which the account is used."
        actions={
          <SpaceBetween direction="horizontal" size="xs" alignItems="center">
            <Freshness readAt={read.dataUpdatedAt} error={read.error} onRefresh={validate} />
            <Permitted operation="validate_target_account" loading={read.isFetching} onClick={validate}>
              Validate again
            </Permitted>
          </SpaceBetween>
        }
      />
    </SpaceBetween>
  );
}
