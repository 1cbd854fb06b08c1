import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type Preferences, setPreferences, usePreferences } from "@/preferences/preferences";
import { localTime, localZone } from "@/text/time";
import { engineNow } from "@/text/clock";

/** How the console looks in this browser; it holds at once. */
export function Appearance() {
  const { theme, density } = usePreferences();
  return (
    <Container
      header={
        <Header variant="h2" description="Kept in this browser, for this browser.">
          Appearance
        </Header>
      }
    >
      <SpaceBetween size="l">
        <FormField label="Theme">
          <RadioGroup
            value={theme}
            items={[
              { value: "system", label: "As the system" },
              { value: "light", label: "Light" },
              { value: "dark", label: "Dark" },
            ]}
            onChange={({ detail }) => setPreferences({ theme: detail.value as Preferences["theme"] })}
          />
        </FormField>
        <FormField label="Density">
          <RadioGroup
            value={density}
            items={[
              { value: "comfortable", label: "Comfortable" },
              { value: "compact", label: "Compact" },
            ]}
            onChange={({ detail }) => setPreferences({ density: detail.value as Preferences["density"] })}
          />
        </FormField>
        <FormField label="Times" description="They are shown in the zone of this browser, and in UTC when pointed at.">
          {localZone()}: {localTime(engineNow())}
        </FormField>
      </SpaceBetween>
    </Container>
  );
}
