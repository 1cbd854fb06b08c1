import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs from "@cloudscape-design/components/tabs";
import { useSearchParams } from "react-router";
import { Page } from "@/components/page";
import { UnsavedGuard } from "@/components/unsaved-guard";
import { About } from "./components/about";
import { Appearance } from "./components/appearance";
import { ExportConfiguration } from "./components/export-configuration";
import { ImportConfiguration } from "./components/import-configuration";
import { Notifications } from "./components/notifications";
import { TagRuns } from "./components/tag-runs";
import { TagSettings } from "./components/tag-settings";
import { useImport } from "./use-import";
import { useTagSettings } from "./use-tag-settings";

const HELP = [
  "An export has all groups and plans. Where it is imported identifiers are other ones, which the mappings say.",
  "An import shows first what it would do. Only what was seen like that can be imported.",
];

/** What holds for the whole system, and how the console looks; what is typed in one tab stays while another is open. */
export default function SettingsPage() {
  const [parameters, setParameters] = useSearchParams();
  const tagSettings = useTagSettings();
  const importing = useImport();
  const tabs = [
    {
      id: "configuration",
      label: "Export and import",
      content: (
        <SpaceBetween size="l">
          <ExportConfiguration />
          <ImportConfiguration importing={importing} />
        </SpaceBetween>
      ),
    },
    {
      id: "tags",
      label: "Tags",
      content: (
        <SpaceBetween size="l">
          <TagSettings settings={tagSettings} />
          <TagRuns />
        </SpaceBetween>
      ),
    },
    { id: "notifications", label: "Notifications", content: <Notifications /> },
    { id: "appearance", label: "Appearance", content: <Appearance /> },
    { id: "about", label: "About", content: <About /> },
  ];
  const asked = parameters.get("tab");
  const active = tabs.find(({ id }) => id === asked)?.id ?? "configuration";
  return (
    <Page title="Settings" help={HELP}>
      <UnsavedGuard isDirty={tagSettings.isDirty || importing.isDirty} />
      <Tabs
        ariaLabel="Kinds of settings"
        tabs={tabs}
        activeTabId={active}
        onChange={({ detail }) => setParameters({ tab: detail.activeTabId }, { replace: true })}
      />
    </Page>
  );
}
