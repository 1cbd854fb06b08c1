import type { Model } from "@/api/types";

type JobLog = Model<"JobLog">;

/** A line of a job's log, with the job that wrote it. */
export interface JobLine {
  readonly id: string;
  readonly time: string;
  readonly message: string;
  readonly jobId: string;
  readonly accountId: string;
  readonly region: string;
  readonly isStaging: boolean;
}

/** The lines of all jobs, newest first. */
export function linesOf(jobs: readonly JobLog[]): JobLine[] {
  const own = jobs.flatMap((job) => linesOfOne(job, job.lines, false));
  const staging = jobs.flatMap(({ stagingJobs }) =>
    stagingJobs.flatMap(({ job, lines }) => linesOfOne(job, lines, true)),
  );
  return [...own, ...staging].sort((one, other) => (one.time < other.time ? 1 : -1));
}

/** What could not be read of them, in sentences. */
export function troublesOf(jobs: readonly JobLog[]): string[] {
  return jobs.flatMap(({ jobId, failure, stagingJobs, unreadStaging }) => [
    ...(failure === undefined ? [] : [`Job ${jobId}: ${failure.message}`]),
    ...stagingJobs.flatMap((each) =>
      each.failure === undefined ? [] : [`Job ${each.job.jobId} of the staging account: ${each.failure.message}`],
    ),
    ...unreadStaging.map((place) => `Staging account ${place.accountId} (${place.region}): ${place.message}`),
  ]);
}

function linesOfOne(
  { jobId, accountId, region }: Pick<JobLog, "jobId" | "accountId" | "region">,
  lines: readonly Model<"JobLogLine">[],
  isStaging: boolean,
): JobLine[] {
  return lines.map(({ time, message }, position) => ({
    id: `${jobId} ${position}`,
    time,
    message,
    jobId,
    accountId,
    region,
    isStaging,
  }));
}
