import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import type { Model } from "@/api/types";
import { Time } from "@/components/time";
import { placesOfWaves } from "@/components/use-all-groups";
import { duration } from "@/text/time";

interface PlanFactsProps {
  readonly plan: Model<"RecoveryPlan">;
  readonly groups: ReadonlyMap<string, Model<"ProtectionGroup">> | undefined;
}

/** What is said of a plan as a whole. */
export function PlanFacts({ plan, groups }: PlanFactsProps) {
  const places = groups === undefined ? [] : placesOfWaves(plan.waves, groups);
  return (
    <Container header={<Header variant="h2">Overview</Header>}>
      <KeyValuePairs
        columns={4}
        items={[
          {
            label: "Accounts and regions",
            value: places.length === 0 ? "-" : places.map((place) => <div key={place}>{place}</div>),
          },
          { label: "RTO target", value: plan.rtoMinutes === undefined ? "-" : duration(plan.rtoMinutes * 60) },
          { label: "RPO target", value: plan.rpoSeconds === undefined ? "-" : duration(plan.rpoSeconds) },
          { label: "Notifications to", value: plan.notificationEmail ?? "-" },
          { label: "Created", value: <Time at={plan.createdAt} /> },
          { label: "Created by", value: plan.createdBy },
          { label: "Changed", value: <Time at={plan.updatedAt} /> },
          { label: "Version", value: plan.version },
        ]}
      />
    </Container>
  );
}
