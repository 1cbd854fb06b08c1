import Button from "@cloudscape-design/components/button";
import { useState } from "react";
import type { Model } from "@/api/types";
import { Sign } from "@/components/sign";
import { StatusWords } from "@/components/status";
import { useEntrance } from "@/components/use-entrance";
import { Permitted } from "@/permissions/permitted";
import { count } from "@/text/amounts";
import { REGION_REMEDY } from "@/text/remedies";
import { REGION_STATE } from "@/text/statuses";

interface EntranceProps {
  readonly account: Model<"TargetAccountView">;
  /** Whether somebody has asked for all accounts. */
  readonly isAsked: boolean;
}

/** Whether the hub gets into an account, once somebody asks. */
export function Entrance({ account, isAsked }: EntranceProps) {
  const [isAskedHere, setAskedHere] = useState(false);
  const read = useEntrance(account.accountId, isAsked || isAskedHere);
  const { data, error, isFetching } = read;
  const label = `Validate ${account.accountName}`;
  if (isFetching) return <Sign type="loading">The role is being assumed</Sign>;
  if (error !== null) {
    return (
      <>
        <Sign type="error">Could not be validated: {error.message}</Sign>
        <Button variant="inline-link" ariaLabel={label} onClick={() => void read.refetch()}>
          Try again
        </Button>
      </>
    );
  }
  if (data === undefined) {
    return (
      <Permitted
        operation="validate_target_account"
        variant="inline-link"
        ariaLabel={label}
        onClick={() => setAskedHere(true)}
      >
        Validate
      </Permitted>
    );
  }
  return <Verdict validation={data} />;
}

function Verdict({ validation }: { readonly validation: Model<"AccountValidation"> }) {
  const { valid, regions } = validation;
  if (valid) {
    return <Sign type="success">The hub gets in, {count(regions.length, "region")}</Sign>;
  }
  return (
    <>
      {regions
        .filter(({ passed }) => !passed)
        .map(({ region, state }) => (
          <div key={region}>
            {region}: <StatusWords of={REGION_STATE} name={state} />
            <div>{REGION_REMEDY[state]}</div>
          </div>
        ))}
    </>
  );
}
