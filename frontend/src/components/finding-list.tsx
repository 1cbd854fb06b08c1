import SpaceBetween from "@cloudscape-design/components/space-between";
import Box from "@cloudscape-design/components/box";
import type { Model } from "@/api/types";
import { enumeration } from "@/text/amounts";
import { OUTCOME } from "@/text/statuses";
import { Breakable } from "./breakable";
import { Sign } from "./sign";

type Finding = Model<"Finding">;

/** Findings in words, each with where it was made; what was found in several places is said once. Nothing if there is none. */
export function FindingList({ findings }: { readonly findings: readonly Finding[] }) {
  if (findings.length === 0) return null;
  return (
    <SpaceBetween size="xxs">
      {alike(findings).map(([first, ...others]) => (
        <div key={`${first.outcome} ${first.message}`}>
          <Sign type={OUTCOME[first.outcome].type}>
            <Breakable text={first.message} />
          </Sign>
          <Box variant="small" display="block" padding={{ left: "l" }}>
            {enumeration([first, ...others].map(placeOf).filter((place) => place !== ""))}
          </Box>
        </div>
      ))}
    </SpaceBetween>
  );
}

/** The account and region of a finding, unless its message names them. */
function placeOf({ accountId, region, message }: Finding): string {
  return [accountId, region].filter((part) => part !== undefined && !message.includes(part)).join(" ");
}

function alike(findings: readonly Finding[]): readonly [Finding, ...Finding[]][] {
  const groups = new Map<string, [Finding, ...Finding[]]>();
  for (const finding of findings) {
    const key = `${finding.outcome} ${finding.message}`;
    const known = groups.get(key);
    if (known === undefined) groups.set(key, [finding]);
    else known.push(finding);
  }
  return [...groups.values()];
}
