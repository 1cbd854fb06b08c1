import Box from "@cloudscape-design/components/box";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useMemo, useState } from "react";
import { useNavigate } from "react-router";
import type { Model } from "@/api/types";
import { usePages } from "@/api/use-pages";
import { PagedTable } from "@/components/paged-table";
import { RemoveAccountDialog } from "@/components/remove-account-dialog";
import { Permitted } from "@/permissions/permitted";
import { paths } from "@/routes/paths";
import { HubNote } from "./components/hub-note";
import { useCapacities } from "./hooks";
import { columnsWith } from "./table-config";

type Account = Model<"TargetAccountView">;

/** The target accounts, by id, a page at a time: how full each is in its regions, and whether the hub gets in. */
export default function AccountsPage() {
  const navigate = useNavigate();
  const [chosen, setChosen] = useState<string>();
  const [isRemoving, setRemoving] = useState(false);
  const [isValidated, setValidated] = useState(false);
  const pages = usePages("list_target_accounts", { limit: 50 });
  const capacities = useCapacities(pages.readAt);
  const columns = useMemo(() => columnsWith(capacities, isValidated), [capacities, isValidated]);
  const account = pages.items.find(({ accountId }) => accountId === chosen);
  const unavailable = account === undefined ? "Choose an account first." : undefined;
  return (
    <>
      <PagedTable<Account>
        title="Accounts"
        noun="target account"
        pages={pages}
        columns={columns}
        idOf={({ accountId }) => accountId}
        nameOf={({ accountName }) => accountName}
        selection={{
          type: "single",
          selected: account === undefined ? [] : [account],
          onChange: ([row]) => setChosen(row?.accountId),
        }}
        filter={<HubNote />}
        empty={
          <Box textAlign="center">
            No target account is registered. The hub&apos;s own account can be used without; add the others in which
            servers are recovered.
          </Box>
        }
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Permitted
              operation="validate_target_account"
              unavailable={pages.items.length === 0 ? "There is no account to validate." : undefined}
              onClick={() => setValidated(true)}
            >
              Validate all
            </Permitted>
            <Permitted operation="delete_target_account" unavailable={unavailable} onClick={() => setRemoving(true)}>
              Remove
            </Permitted>
            <Permitted
              operation="update_target_account"
              unavailable={unavailable}
              onClick={() => void navigate(paths.editAccount(chosen ?? ""))}
            >
              Edit
            </Permitted>
            <Permitted operation="add_target_account" variant="primary" onClick={() => void navigate(paths.newAccount)}>
              Add target account
            </Permitted>
          </SpaceBetween>
        }
      />
      {isRemoving && account !== undefined && (
        <RemoveAccountDialog
          account={account}
          onRemoved={() => {
            setRemoving(false);
            setChosen(undefined);
          }}
          onDismiss={() => setRemoving(false)}
        />
      )}
    </>
  );
}
