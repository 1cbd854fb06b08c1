import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { ago } from "@/text/time";
import { Sign } from "./sign";
import { useNow } from "./use-now";

interface FreshnessProps {
  /** When it was read last, in milliseconds since 1970; 0 if never. */
  readonly readAt: number;
  readonly error: Error | null;
  readonly onRefresh: () => void;
}

/** How old what is shown is; loud once reading fails, because then nobody knows whether it is still true. */
export function Freshness({ readAt, error, onRefresh }: FreshnessProps) {
  const now = useNow(5_000);
  const age = readAt === 0 ? "never" : ago(new Date(Math.min(readAt, now.getTime())), now);
  return (
    <SpaceBetween direction="horizontal" size="xs" alignItems="center">
      {error === null ? <small>Read {age}</small> : <Sign type="warning">Stale, last read {age}</Sign>}
      <Button iconName="refresh" variant="icon" ariaLabel="Refresh" onClick={onRefresh} />
    </SpaceBetween>
  );
}
