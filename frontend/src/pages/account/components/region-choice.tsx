import FormField from "@cloudscape-design/components/form-field";
import Select from "@cloudscape-design/components/select";
import { type ReactNode, useState } from "react";
import { useOperation } from "@/api/use-operation";

/** A region, at first one in which the account is used, and the field that chooses another. */
export function useRegionChoice(regions: readonly string[]): readonly [string | undefined, ReactNode] {
  const hub = useOperation("get_current_account", {}, { staleMilliseconds: 60 * 60_000 });
  const [chosen, setChosen] = useState<string>();
  const offered = [...new Set([...regions, ...(hub.data?.drsRegions ?? [])])];
  const region = chosen ?? offered[0];
  const field = (
    <FormField label="Region">
      <Select
        selectedOption={region === undefined ? null : { value: region, label: region }}
        options={offered.map((value) => ({ value, label: value }))}
        placeholder="Choose a region"
        statusType={hub.isPending ? "loading" : "finished"}
        onChange={({ detail }) => setChosen(detail.selectedOption.value)}
      />
    </FormField>
  );
  return [region, field] as const;
}
