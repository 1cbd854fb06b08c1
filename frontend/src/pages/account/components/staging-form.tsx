import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useChange } from "@/api/use-operation";
import { ACCOUNT_READS } from "@/components/account-reads";
import { ErrorNotice } from "@/components/error-notice";
import { reasonsBelow } from "@/components/field-errors";
import { TextField } from "@/components/text-field";
import { RegionChecks } from "@/components/region-checks";
import { UnsavedGuard } from "@/components/unsaved-guard";
import { Permitted } from "@/permissions/permitted";
import { useNotifications } from "@/shell/notifications";
import { EMPTY_STAGING, faultsOfStaging, type StagingDraft, stagingCreation } from "../staging-draft";

interface StagingFormProps {
  readonly targetAccountId: string;
  /** The account that AWS shows and that is to be registered; none if its id is to be typed. */
  readonly accountId: string;
  readonly onClose: () => void;
}

/** A staging account to be added; whether the hub gets in can be seen before it is saved. */
export function StagingForm({ targetAccountId, accountId, onClose }: StagingFormProps) {
  const before: StagingDraft = { ...EMPTY_STAGING, stagingAccountId: accountId };
  const [draft, setDraft] = useState(before);
  const [isTried, setTried] = useState(false);
  const { succeeded } = useNotifications();
  const validate = useChange("validate_staging_account");
  const add = useChange("add_staging_account", {
    invalidates: ACCOUNT_READS,
    onSuccess: () => {
      succeeded(`Account ${draft.stagingAccountId} is a staging account of ${targetAccountId}.`);
      onClose();
    },
  });
  const faults = faultsOfStaging(draft, targetAccountId);
  const refused = reasonsBelow(add.error);
  const misjudged = reasonsBelow(validate.error);
  const reasonFor = (field: keyof StagingDraft): string | undefined =>
    (isTried ? faults[field] : undefined) ??
    refused(field) ??
    misjudged(field === "stagingAccountId" ? "accountId" : field);
  const change = (part: Partial<StagingDraft>): void => setDraft({ ...draft, ...part });
  const when = (act: () => void) => (): void => {
    setTried(true);
    if (Object.keys(faults).length === 0) act();
  };
  const { stagingAccountId, accountName, roleArn, externalId } = stagingCreation(draft);
  return (
    <Container header={<Header variant="h3">Add a staging account</Header>}>
      <UnsavedGuard isDirty={!add.isSuccess && JSON.stringify(draft) !== JSON.stringify(before)} />
      <SpaceBetween size="m">
        <TextField
          isCode
          label="Staging account id"
          value={draft.stagingAccountId}
          isDisabled={accountId !== ""}
          errorText={reasonFor("stagingAccountId")}
          onChange={(typed) => change({ stagingAccountId: typed })}
        />
        <TextField
          isCode
          label="Staging account name"
          isOptional
          value={draft.accountName}
          errorText={reasonFor("accountName")}
          onChange={(typed) => change({ accountName: typed })}
        />
        <TextField
          isCode
          label="Staging account role"
          isOptional
          description="Only of a role that is not called DRSOrchestrationRole."
          value={draft.roleArn}
          errorText={reasonFor("roleArn")}
          onChange={(typed) => change({ roleArn: typed })}
        />
        <TextField
          isCode
          label="Staging account external id"
          isOptional
          description="What the role's trust asks for. An account that is a target account too is entered by its own role."
          value={draft.externalId}
          errorText={reasonFor("externalId")}
          onChange={(typed) => change({ externalId: typed })}
        />
        <ErrorNotice what="The staging account could not be validated" error={validate.error} />
        <ErrorNotice what="The staging account was not added" error={add.error} />
        {validate.data !== undefined && (
          <RegionChecks
            title={validate.data.valid ? "The hub gets in" : "The hub does not get in everywhere"}
            headingLevel="h3"
            variant="embedded"
            checks={validate.data.regions}
          />
        )}
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button onClick={onClose}>Cancel</Button>
            <Permitted
              operation="validate_staging_account"
              loading={validate.isPending}
              onClick={when(() =>
                validate.mutate({
                  body: { accountId: stagingAccountId, roleArn, externalId, targetAccountId, regions: [] },
                }),
              )}
            >
              Validate first
            </Permitted>
            <Permitted
              operation="add_staging_account"
              variant="primary"
              loading={add.isPending}
              onClick={when(() =>
                add.mutate({
                  path: { accountId: targetAccountId },
                  body: { stagingAccountId, accountName, roleArn, externalId },
                }),
              )}
            >
              Add the staging account
            </Permitted>
          </SpaceBetween>
        </Box>
      </SpaceBetween>
    </Container>
  );
}
