import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Model } from "@/api/types";
import { Differences } from "@/components/launch-settings/differences";
import { SettingsList } from "@/components/launch-settings/settings-list";
import { settingLabel } from "@/components/launch-settings/settings";
import { StatusWords } from "@/components/status";
import { Time } from "@/components/time";
import { CONFIG } from "@/text/statuses";

/** What holds for the server, and what DRS and EC2 have at this moment. */
export function Now({ stored }: { readonly stored: Model<"ServerLaunchConfigNow"> }) {
  const { status, launchInto, implied } = stored;
  const follows = Object.entries(implied);
  return (
    <SpaceBetween size="l">
      <KeyValuePairs
        columns={4}
        items={[
          { label: "Status", value: <StatusWords of={CONFIG} name={status.status} /> },
          { label: "Applied", value: <Time at={status.appliedAt} missing="Never" /> },
          { label: "Reason", value: status.reason ?? "-" },
          { label: "Launch template", value: `${stored.launchTemplateId}, version ${stored.launchTemplateVersion}` },
        ]}
      />
      <Differences of={stored.differences} />
      <Header variant="h3" headingTagOverride="h2">
        Holds for the server
      </Header>
      <SettingsList settings={stored.effective} nothing="Nothing is set: it is launched as DRS has it." />
      {follows.length > 0 && (
        <ul>
          {follows.map(([name, reason]) => (
            <li key={name}>
              {settingLabel(name)}: {reason}
            </li>
          ))}
        </ul>
      )}
      <Header variant="h3" headingTagOverride="h2">
        Found in DRS and EC2 now
      </Header>
      <SettingsList settings={stored.found} nothing="Nothing was found." />
      <Header variant="h3" headingTagOverride="h2">
        In drills
      </Header>
      <SettingsList settings={stored.inDrills} nothing="As in a recovery." />
      {launchInto !== undefined && (
        <>
          <Header variant="h3" headingTagOverride="h2">
            The instance it is launched into
          </Header>
          <KeyValuePairs
            columns={4}
            items={[
              { label: "Instance", value: launchInto.instanceId ?? "None was found" },
              { label: "Name", value: launchInto.name ?? "-" },
              { label: "State", value: launchInto.state ?? "-" },
              { label: "Address", value: launchInto.privateAddress ?? "-" },
            ]}
          />
          <ul>
            {launchInto.problems.map(({ code, reason }) => (
              <li key={code}>{reason}</li>
            ))}
          </ul>
        </>
      )}
    </SpaceBetween>
  );
}
