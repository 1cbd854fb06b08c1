import Alert from "@cloudscape-design/components/alert";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import type { Model } from "@/api/types";
import { ErrorNotice } from "@/components/error-notice";
import { CollectionTable } from "@/components/collection-table";
import { Freshness } from "@/components/freshness";
import { RegionChecks } from "@/components/region-checks";
import { Permitted } from "@/permissions/permitted";
import { isSyncing, type Staging, useStaging, useStagings } from "../hooks";
import { stagingColumns } from "../table-config";
import { RemoveStaging, SyncDialog } from "./staging-dialogs";
import { StagingForm } from "./staging-form";
import { StagingSync } from "./staging-sync";

type Open =
  | { readonly kind: "add"; readonly accountId: string }
  | { readonly kind: "remove"; readonly staging: Model<"StagingAccountView"> }
  | { readonly kind: "sync" };

/** The accounts that replicate servers for a target account: registered ones, what AWS shows beside them, and the sync. */
export function StagingAccounts({ account }: { readonly account: Model<"TargetAccountView"> }) {
  const { accountId, stagingAccounts } = account;
  const [open, setOpen] = useState<Open>();
  const read = useStaging(accountId);
  const { data } = read;
  const stagings = useStagings(account, data);
  const refresh = (): void => void read.refetch();
  const close = (): void => setOpen(undefined);
  return (
    <SpaceBetween size="l">
      <ErrorNotice what="AWS could not be asked for staging accounts" error={read.error} onRetry={refresh} />
      {open?.kind === "add" && (
        <StagingForm key={open.accountId} targetAccountId={accountId} accountId={open.accountId} onClose={close} />
      )}
      <CollectionTable<Staging>
        title="Staging accounts"
        noun="staging account"
        variant="embedded"
        items={stagings}
        columns={stagingColumns({
          isAsking: read.isPending,
          onAdd: (id) => setOpen({ kind: "add", accountId: id }),
          onRemove: (staging) => setOpen({ kind: "remove", staging }),
        })}
        idOf={({ accountId: id }) => id}
        isFiltered={false}
        description="They replicate servers that are recovered in this account."
        actions={
          <SpaceBetween direction="horizontal" size="xs" alignItems="center">
            <Freshness readAt={read.dataUpdatedAt} error={read.error} onRefresh={refresh} />
            <Permitted
              operation="sync_staging_accounts"
              unavailable={whyNotSync(stagingAccounts.length, account.status, isSyncing(data))}
              onClick={() => setOpen({ kind: "sync" })}
            >
              Extend their servers
            </Permitted>
            <Permitted operation="add_staging_account" onClick={() => setOpen({ kind: "add", accountId: "" })}>
              Add staging account
            </Permitted>
          </SpaceBetween>
        }
        empty="No account replicates servers for this one."
      />
      <Answers discovery={data} />
      {open?.kind === "remove" && <RemoveStaging account={account} staging={open.staging} onDismiss={close} />}
      {open?.kind === "sync" && <SyncDialog account={account} onDismiss={close} />}
    </SpaceBetween>
  );
}

/** What else AWS has said: where it gave no answer, and how the last extension of servers went. */
function Answers({ discovery }: { readonly discovery: Model<"StagingDiscovery"> | undefined }) {
  if (discovery === undefined) return null;
  const { complete, regions, lastSync } = discovery;
  const failed = regions.filter(({ passed }) => !passed);
  return (
    <SpaceBetween size="l">
      {!complete && (
        <Alert type="warning" header="There may be more">
          Not every region answered, so nobody knows whether another account replicates servers there.
        </Alert>
      )}
      {failed.length > 0 && <RegionChecks title="Regions that did not answer" headingLevel="h3" checks={failed} />}
      {lastSync !== undefined && (
        <Container header={<Header variant="h3">Last extension of servers</Header>}>
          <StagingSync sync={lastSync} />
        </Container>
      )}
    </SpaceBetween>
  );
}

function whyNotSync(accounts: number, status: Model<"AccountStatus">, isUnderWay: boolean): string | undefined {
  if (accounts === 0) return "No staging account is registered.";
  if (status === "inactive") return "The account is inactive.";
  return isUnderWay ? "Servers are being extended." : undefined;
}
