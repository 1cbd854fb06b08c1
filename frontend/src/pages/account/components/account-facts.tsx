import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import type { Model } from "@/api/types";
import { StatusWords } from "@/components/status";
import { Time } from "@/components/time";
import { ACCOUNT } from "@/text/statuses";

/** What is stored of an account; its external id is never shown. */
export function AccountFacts({ account }: { readonly account: Model<"TargetAccountView"> }) {
  return (
    <Container header={<Header variant="h2">Account</Header>}>
      <KeyValuePairs
        columns={4}
        items={[
          { label: "Account id", value: account.accountId },
          { label: "Status", value: <StatusWords of={ACCOUNT} name={account.status} /> },
          { label: "Role", value: account.roleArn ?? "DRSOrchestrationRole" },
          { label: "External id", value: account.hasExternalId ? "Stored, and never shown" : "None" },
          { label: "Regions named", value: account.regions.join(", ") || "None: all that have DRS" },
          { label: "Documents of health checks", value: account.checkDocumentPattern ?? "-" },
          { label: "Added", value: <Time at={account.createdAt} /> },
          { label: "Changed", value: <Time at={account.updatedAt} /> },
        ]}
      />
    </Container>
  );
}
