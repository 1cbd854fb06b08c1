import Box from "@cloudscape-design/components/box";
import type { Model } from "@/api/types";
import { settingLabel, valueWords } from "./settings";

/** What is otherwise in DRS and EC2 than it is to be, a sentence for each setting. */
export function Differences({ of }: { readonly of: readonly Model<"ConfigDifference">[] }) {
  if (of.length === 0) return null;
  return (
    <ul>
      {of.map(({ field, wanted, found }) => (
        <li key={field}>
          <Box variant="span" fontWeight="bold">
            {settingLabel(field)}
          </Box>
          : {valueWords(wanted)} is wanted, {valueWords(found)} is found
        </li>
      ))}
    </ul>
  );
}
