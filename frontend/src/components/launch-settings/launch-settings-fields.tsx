import ColumnLayout from "@cloudscape-design/components/column-layout";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";
import { ChoiceField, SecurityGroupsField, type SettingsForm, SuggestedField } from "./setting-fields";
import { type Place, useInstanceProfiles, useInstanceTypes, useSecurityGroups, useSubnets } from "./use-offers";

interface LaunchSettingsFieldsProps extends SettingsForm {
  readonly place: Place;
  /** The field of the static address, which only a server has. */
  readonly address?: ReactNode;
}

/** All fields of launch settings, of a group or of a server, always or in drills. */
export function LaunchSettingsFields({ place, address, ...form }: LaunchSettingsFieldsProps) {
  const beneath = form.beneath?.subnetId;
  const subnetId = form.settings.subnetId ?? (typeof beneath === "string" ? beneath : undefined);
  const subnets = useSubnets(place);
  const securityGroups = useSecurityGroups(place, subnetId);
  const instanceTypes = useInstanceTypes(place, form.settings.instanceType ?? "");
  const profiles = useInstanceProfiles(place);
  return (
    <SpaceBetween size="l">
      <Header variant="h3" headingTagOverride="h2">
        Network
      </Header>
      <ColumnLayout columns={2}>
        <SuggestedField form={form} name="subnetId" offers={subnets} />
        <SecurityGroupsField form={form} offers={securityGroups} />
        {address}
        <ChoiceField form={form} name="copyPrivateIp" />
      </ColumnLayout>
      <Header variant="h3" headingTagOverride="h2">
        Instance
      </Header>
      <ColumnLayout columns={2}>
        <SuggestedField form={form} name="instanceType" offers={instanceTypes} />
        <ChoiceField form={form} name="targetInstanceTypeRightSizingMethod" />
        <SuggestedField form={form} name="instanceProfileName" offers={profiles} />
        <SuggestedField form={form} name="launchIntoInstanceProperties" />
      </ColumnLayout>
      <Header variant="h3" headingTagOverride="h2">
        Launch
      </Header>
      <ColumnLayout columns={2}>
        <ChoiceField form={form} name="launchDisposition" />
        <ChoiceField form={form} name="licensing" />
        <ChoiceField form={form} name="copyTags" />
        <ChoiceField form={form} name="postLaunchEnabled" />
        <ChoiceField form={form} name="recoveryMode" />
      </ColumnLayout>
    </SpaceBetween>
  );
}
