import Alert from "@cloudscape-design/components/alert";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs from "@cloudscape-design/components/tabs";
import { useState } from "react";
import { useNavigate, useParams } from "react-router";
import { ApiError } from "@/api/errors";
import type { Model } from "@/api/types";
import { useOperation } from "@/api/use-operation";
import { ErrorNotice } from "@/components/error-notice";
import { Loading } from "@/components/loading";
import { Page } from "@/components/page";
import { RemoveAccountDialog } from "@/components/remove-account-dialog";
import { Permitted } from "@/permissions/permitted";
import { paths } from "@/routes/paths";
import { AccountFacts } from "./components/account-facts";
import { Capacity } from "./components/capacity";
import { Entrance } from "./components/entrance";
import { Jobs } from "./components/jobs";
import { Quotas } from "./components/quotas";
import { Servers } from "./components/servers";
import { StagingAccounts } from "./components/staging-accounts";
import { Tags } from "./components/tags";
import { regionsOf } from "./hooks";

const HELP = [
  "The way in is looked at when this page opens: the role is assumed anew, and what failed says what to do.",
  "AWS's quotas are those of each region. A server that is extended takes room in the account that replicates it, and in the one that recovers it.",
];

/** One account: whether the hub gets in, how full it is, its servers, its staging accounts. */
export default function AccountPage() {
  const { accountId = "" } = useParams();
  return <Account key={accountId} accountId={accountId} />;
}

function Account({ accountId }: { readonly accountId: string }) {
  const read = useOperation("get_target_account", { path: { accountId } }, { poll: true });
  const hub = useOperation("get_current_account", {}, { staleMilliseconds: 60 * 60_000 });
  if (read.data !== undefined) return <Known accountId={accountId} account={read.data} error={read.error} />;
  const isUnregistered = read.error instanceof ApiError && read.error.status === 404;
  if (isUnregistered && hub.data?.accountId === accountId) {
    return <Known accountId={accountId} account={undefined} error={null} />;
  }
  return (
    <Page title="Account" name={accountId}>
      {read.error === null || (isUnregistered && hub.isPending) ? (
        <Loading />
      ) : (
        <ErrorNotice what="The account could not be read" error={read.error} onRetry={() => void read.refetch()} />
      )}
    </Page>
  );
}

interface KnownProps {
  readonly accountId: string;
  /** What is stored of it; nothing of the hub, which needs no entry. */
  readonly account: Model<"TargetAccountView"> | undefined;
  readonly error: Error | null;
}

function Known({ accountId, account, error }: KnownProps) {
  const capacity = useOperation("get_combined_capacity", { path: { accountId } }).data;
  const name = account?.accountName ?? "The hub";
  const tabs = [
    {
      id: "overview",
      label: "Overview",
      content: (
        <SpaceBetween size="l">
          {account?.status === "inactive" && (
            <Alert type="info" header="The account is inactive">
              It is kept, and no start may use it. Edit it to make it active again.
            </Alert>
          )}
          <Entrance accountId={accountId} />
          <Capacity accountId={accountId} />
        </SpaceBetween>
      ),
    },
    { id: "servers", label: "Servers", content: <Servers accountId={accountId} /> },
    ...(account === undefined
      ? []
      : [
          {
            id: "staging",
            label: "Staging accounts",
            content: <StagingAccounts account={account} />,
            // What is typed there stays while another tab is open.
            contentRenderStrategy: "lazy" as const,
          },
        ]),
    {
      id: "quotas",
      label: "Quotas",
      content: <Quotas accountId={accountId} regions={regionsOf(account, capacity)} />,
    },
    { id: "jobs", label: "Jobs", content: <Jobs accountId={accountId} regions={regionsOf(account, capacity)} /> },
    { id: "tags", label: "Tags", content: <Tags accountId={accountId} /> },
  ];
  return (
    <Page
      title={name}
      name={name}
      description={`Account ${accountId}`}
      help={HELP}
      actions={account !== undefined && <Actions account={account} />}
    >
      <SpaceBetween size="l">
        <ErrorNotice what="The account could not be read anew" error={error} />
        {account === undefined ? (
          <Alert type="info" header="The hub's own account">
            This system runs here. Groups may use it without an entry; one is needed only for a name, regions or staging
            accounts.
          </Alert>
        ) : (
          <AccountFacts account={account} />
        )}
        <Tabs ariaLabel="Parts of the account" variant="container" tabs={tabs} />
      </SpaceBetween>
    </Page>
  );
}

function Actions({ account }: { readonly account: Model<"TargetAccountView"> }) {
  const navigate = useNavigate();
  const [isRemoving, setRemoving] = useState(false);
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <Permitted operation="delete_target_account" onClick={() => setRemoving(true)}>
        Remove
      </Permitted>
      <Permitted
        operation="update_target_account"
        variant="primary"
        onClick={() => void navigate(paths.editAccount(account.accountId))}
      >
        Edit
      </Permitted>
      {isRemoving && (
        <RemoveAccountDialog
          account={account}
          onRemoved={() => void navigate(paths.accounts)}
          onDismiss={() => setRemoving(false)}
        />
      )}
    </SpaceBetween>
  );
}
