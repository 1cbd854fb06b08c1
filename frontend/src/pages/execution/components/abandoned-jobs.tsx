import Alert from "@cloudscape-design/components/alert";
import { Time } from "@/components/time";
import { count } from "@/text/amounts";
import type { Execution } from "../waves";

/** Jobs that the execution ended without: they may still launch something. */
export function AbandonedJobs({ execution }: { readonly execution: Execution }) {
  const open = execution.abandonedJobs.filter(({ endedAt }) => endedAt === undefined);
  if (open.length === 0) return null;
  return (
    <Alert type="warning" header={`${count(open.length, "job")} of DRS may still run`}>
      The execution ended without them. Until they end, their servers cannot be used by another execution.
      <ul>
        {open.map((job) => (
          <li key={job.launchId}>
            {job.jobId ?? "A launch of which nobody could say whether it came about"}: wave {job.waveNumber + 1},{" "}
            {count(job.serverIds.length, "server")} in account {job.accountId} ({job.region}), since{" "}
            <Time at={job.since} />
          </li>
        ))}
      </ul>
    </Alert>
  );
}
