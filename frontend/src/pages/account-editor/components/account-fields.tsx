import FormField from "@cloudscape-design/components/form-field";
import Multiselect from "@cloudscape-design/components/multiselect";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Model } from "@/api/types";
import { reasonsBelow } from "@/components/field-errors";
import { TextField } from "@/components/text-field";
import type { Draft } from "../draft";
import type { Editor } from "../hooks";

interface AccountFieldsProps {
  readonly editor: Editor;
  /** What is wrong with what is typed, by field, once somebody has tried to save it. */
  readonly faults: Readonly<Partial<Record<keyof Draft, string>>>;
}

/** What is stored of an account, to be typed. */
export function AccountFields({ editor, faults }: AccountFieldsProps) {
  const { draft, base, isHub, change, hub } = editor;
  const refused = reasonsBelow(editor.error);
  const reasonFor = (field: keyof Draft): string | undefined => faults[field] ?? refused(field);
  return (
    <SpaceBetween size="l">
      <TextField
        isCode
        label="Account id"
        description={base === undefined ? "Twelve digits." : "The id of an account stays as it is."}
        value={draft.accountId}
        isDisabled={base !== undefined}
        errorText={reasonFor("accountId")}
        onChange={(accountId) => change({ accountId })}
      />
      <TextField
        isCode
        label="Name"
        isOptional
        description="Without one the account is called by its id."
        value={draft.accountName}
        errorText={reasonFor("accountName")}
        onChange={(accountName) => change({ accountName })}
      />
      <TextField
        isCode
        label="Role"
        isOptional
        description={
          isHub
            ? "The hub needs no role for its own account."
            : "The ARN of the role that the hub assumes, of any partition, also arn:aws-us-gov:iam. Without one it is DRSOrchestrationRole."
        }
        placeholder={`arn:${hub.data?.partition ?? "aws"}:iam::${draft.accountId || "111122223333"}:role/DRSOrchestrationRole`}
        value={draft.roleArn}
        errorText={reasonFor("roleArn")}
        onChange={(roleArn) => change({ roleArn })}
      />
      <TextField
        isCode
        label="External id"
        isOptional={!editor.isExternalIdNeeded}
        description={
          base?.hasExternalId === true
            ? "One is stored and never shown. It stays if this is empty."
            : "The secret that the role's trust asks for. It is stored, and never shown again."
        }
        value={draft.externalId}
        errorText={reasonFor("externalId")}
        onChange={(externalId) => change({ externalId })}
      />
      <Regions editor={editor} fault={reasonFor("regions")} />
      <TextField
        isCode
        label="Documents of health checks"
        isOptional
        description="Which Systems Manager documents health checks may run in the account, with * and ?."
        value={draft.checkDocumentPattern}
        errorText={reasonFor("checkDocumentPattern")}
        onChange={(checkDocumentPattern) => change({ checkDocumentPattern })}
      />
      <FormField label="Status" errorText={reasonFor("status")}>
        <RadioGroup
          value={draft.status}
          items={[
            { value: "active", label: "Active" },
            { value: "inactive", label: "Inactive", description: "It is kept, and no start may use it." },
          ]}
          onChange={({ detail }) => change({ status: detail.value as Model<"AccountStatus"> })}
        />
      </FormField>
    </SpaceBetween>
  );
}

function Regions({ editor, fault }: { readonly editor: Editor; readonly fault: string | undefined }) {
  const { draft, hub, change } = editor;
  const unread = hub.error === null ? undefined : `The regions could not be read: ${hub.error.message}`;
  const offered = hub.data?.drsRegions ?? draft.regions;
  return (
    <FormField
      stretch
      label={
        <>
          Regions <i>- optional</i>
        </>
      }
      description="Where the account is used beside the regions of its groups. Without any it is asked in all regions that have DRS."
      errorText={fault ?? unread}
    >
      <Multiselect
        selectedOptions={draft.regions.map((value) => ({ value, label: value }))}
        options={offered.map((value) => ({ value, label: value }))}
        placeholder="All regions that have DRS"
        filteringType="auto"
        filteringAriaLabel="Find regions"
        statusType={hub.isPending ? "loading" : "finished"}
        deselectAriaLabel={({ value }) => `Take out ${value ?? ""}`}
        onChange={({ detail }) => change({ regions: detail.selectedOptions.map(({ value }) => value ?? "") })}
      />
    </FormField>
  );
}
