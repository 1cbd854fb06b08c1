import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { Model } from "@/api/types";
import { OUTCOME } from "@/text/statuses";

/** Findings in words, each with the account and region that it is about; nothing if there is none. */
export function FindingList({ findings }: { readonly findings: readonly Model<"Finding">[] }) {
  if (findings.length === 0) return null;
  return (
    <ul>
      {findings.map((finding, position) => (
        <li key={position}>
          <FindingWords finding={finding} />
        </li>
      ))}
    </ul>
  );
}

/** One finding; most of those that are about an account name it themselves. */
export function FindingWords({ finding }: { readonly finding: Model<"Finding"> }) {
  const { outcome, accountId, region, message } = finding;
  const isTold = accountId === undefined || message.includes(accountId);
  const place = isTold ? "" : [accountId, region].filter((part) => part !== undefined).join(" ");
  return (
    <StatusIndicator type={OUTCOME[outcome].type}>{place === "" ? message : `${place}: ${message}`}</StatusIndicator>
  );
}
