import Button from "@cloudscape-design/components/button";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import FileInput from "@cloudscape-design/components/file-input";
import FormField from "@cloudscape-design/components/form-field";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import { MAPPED, type Mapped } from "../mappings";
import type { Importing } from "../use-import";

const WORDS: Readonly<Record<Mapped, { label: string; example: string }>> = {
  groups: { label: "Group ids to names", example: "db-group-id = Databases" },
  accounts: { label: "Accounts, by group name or account id", example: "Databases = 111122223333" },
  servers: { label: "Servers", example: "s-db001 = s-1111111111111db01" },
  subnets: { label: "Subnets", example: "subnet-0a1b2c3d = subnet-4e5f6071" },
  securityGroups: { label: "Security groups", example: "sg-0a1b2c3d = sg-4e5f6071" },
};

/** What is called otherwise where the document goes: a line `old = new` each. */
export function MappingFields({ importing }: { readonly importing: Importing }) {
  const { texts, faults, mappingsFault, change } = importing;
  return (
    <ExpandableSection
      headerText="Mappings"
      headerDescription="Every move between accounts needs them: each line maps what is in the document to what it is here."
      defaultExpanded
    >
      <SpaceBetween size="m">
        <SpaceBetween direction="horizontal" size="xs" alignItems="end">
          <Button
            disabled={importing.read === undefined}
            disabledReason="Choose a document first."
            onClick={importing.listIdentifiers}
          >
            List what is in the document
          </Button>
          <FormField errorText={mappingsFault}>
            <FileInput
              value={[]}
              accept="application/json,.json"
              ariaLabel="Take the mappings from a file"
              onChange={({ detail }) => {
                const [file] = detail.value;
                if (file !== undefined) void textOf(file).then(importing.takeMappings);
              }}
            >
              Take the mappings from a file
            </FileInput>
          </FormField>
        </SpaceBetween>
        {MAPPED.map((kind) => (
          <FormField key={kind} stretch label={WORDS[kind].label} errorText={faults[kind]}>
            <Textarea
              value={texts[kind]}
              rows={Math.min(8, Math.max(2, texts[kind].split("\n").length))}
              placeholder={WORDS[kind].example}
              spellcheck={false}
              onChange={({ detail }) => change({ texts: { ...texts, [kind]: detail.value } })}
            />
          </FormField>
        ))}
      </SpaceBetween>
    </ExpandableSection>
  );
}

/** What is in a file. */
export async function textOf(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(typeof reader.result === "string" ? reader.result : "");
    reader.onerror = () => reject(reader.error ?? new Error("The file could not be read."));
    reader.readAsText(file);
  });
}
