import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import { useEvery } from "@/api/use-every";
import { ErrorNotice } from "@/components/error-notice";
import type { ReasonFor } from "@/components/field-errors";
import type { Draft } from "../draft";

interface IdentityProps {
  readonly draft: Draft;
  readonly isNew: boolean;
  readonly reasonFor: ReasonFor;
  readonly onChange: (change: Partial<Draft>) => void;
}

/** What a group is called, and where its servers are. */
export function Identity({ draft, isNew, reasonFor, onChange }: IdentityProps) {
  const accounts = useEvery("list_target_accounts", {});
  const known = accounts.data ?? [];
  const options = known.map(({ accountId, accountName }) => ({
    value: accountId,
    label: accountName,
    description: accountId,
  }));
  const regions = known.find(({ accountId }) => accountId === draft.accountId)?.regions ?? [];
  const chosen = (value: string) => (value === "" ? null : { value, label: value });
  return (
    <SpaceBetween size="l">
      <ErrorNotice
        what="The accounts could not be read"
        error={accounts.error}
        onRetry={() => void accounts.refetch()}
      />
      <FormField label="Name" errorText={reasonFor("groupName")}>
        <Input value={draft.groupName} onChange={({ detail }) => onChange({ groupName: detail.value })} />
      </FormField>
      <FormField label="Description" errorText={reasonFor("description")}>
        <Textarea
          value={draft.description}
          rows={2}
          onChange={({ detail }) => onChange({ description: detail.value })}
        />
      </FormField>
      <FormField label="Owner" description="Who answers for these servers." errorText={reasonFor("owner")}>
        <Input value={draft.owner} onChange={({ detail }) => onChange({ owner: detail.value })} />
      </FormField>
      <FormField label="Account" errorText={reasonFor("accountId")}>
        <Select
          selectedOption={options.find(({ value }) => value === draft.accountId) ?? chosen(draft.accountId)}
          options={options}
          placeholder="Choose an account"
          statusType={accounts.isPending ? "loading" : "finished"}
          empty="No account is registered."
          onChange={({ detail }) => {
            const account = known.find(({ accountId }) => accountId === detail.selectedOption.value);
            const only = account?.regions.length === 1 ? account.regions[0] : undefined;
            onChange({ accountId: account?.accountId ?? "", ...(isNew && { region: only ?? "" }) });
          }}
        />
      </FormField>
      <FormField
        label="Region"
        description={isNew ? undefined : "The region of a group stays as it is."}
        errorText={reasonFor("region")}
      >
        <Select
          selectedOption={chosen(draft.region)}
          options={regions.map((value) => ({ value, label: value }))}
          placeholder="Choose a region"
          empty="Choose an account first."
          disabled={!isNew}
          onChange={({ detail }) => onChange({ region: detail.selectedOption.value ?? "" })}
        />
      </FormField>
    </SpaceBetween>
  );
}
