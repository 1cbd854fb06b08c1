import Box from "@cloudscape-design/components/box";
import SpaceBetween from "@cloudscape-design/components/space-between";
import TextFilter from "@cloudscape-design/components/text-filter";
import { useMemo, useState } from "react";
import { useNavigate } from "react-router";
import type { Model } from "@/api/types";
import { usePages } from "@/api/use-pages";
import { ErrorNotice } from "@/components/error-notice";
import { PagedTable } from "@/components/paged-table";
import { PlanActions } from "@/components/plan-actions";
import { useAllGroups } from "@/components/use-all-groups";
import { Permitted } from "@/permissions/permitted";
import { paths } from "@/routes/paths";
import { columnsWith } from "./table-config";

const AT_ONCE = 20;

/** The recovery plans, by name, a page at a time, each with how it went last. */
export default function RecoveryPlansPage() {
  const navigate = useNavigate();
  const [namePrefix, setNamePrefix] = useState("");
  const [chosenId, setChosenId] = useState<string>();
  const pages = usePages("list_recovery_plans", { limit: AT_ONCE, namePrefix });
  const groups = useAllGroups();
  const columns = useMemo(() => columnsWith(groups.data), [groups.data]);
  const chosen = pages.items.find(({ planId }) => planId === chosenId);
  return (
    <SpaceBetween size="m">
      <ErrorNotice
        what="The accounts and regions could not be read"
        error={groups.error}
        onRetry={() => void groups.refetch()}
      />
      <PagedTable<Model<"RecoveryPlan">>
        title="Recovery plans"
        noun="recovery plan"
        pages={pages}
        columns={columns}
        idOf={({ planId }) => planId}
        nameOf={({ planName }) => planName}
        selection={{
          type: "single",
          selected: chosen === undefined ? [] : [chosen],
          onChange: (rows) => setChosenId(rows[0]?.planId),
        }}
        filter={
          <TextFilter
            filteringText={namePrefix}
            filteringPlaceholder="Name begins with"
            filteringAriaLabel="Name begins with"
            onChange={({ detail }) => setNamePrefix(detail.filteringText)}
          />
        }
        actions={
          <PlanActions plan={chosen}>
            <Permitted operation="create_recovery_plan" variant="primary" onClick={() => void navigate(paths.newPlan)}>
              Create recovery plan
            </Permitted>
          </PlanActions>
        }
        empty={
          <Box textAlign="center">
            {namePrefix === ""
              ? "There is no recovery plan yet."
              : `No plan has a name that begins with ${namePrefix}.`}
          </Box>
        }
      />
    </SpaceBetween>
  );
}
