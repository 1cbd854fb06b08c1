import type { Model } from "@/api/types";
import { EXECUTIONS, minute, type PlayedExecution, serversOf } from "../executions";
import { answers, exampleOf } from "../handlers";

/** An execution in each state, by its id: `/executions/exec-waits`, `exec-failed`, `exec-large` … */
export default [
  answers("get_execution", (request) => {
    const execution = asked(request);
    const { waveNumber, limit, from } = pageOf(request);
    const servers = serversOf(execution, waveNumber);
    return {
      ...execution,
      servers: { items: servers.slice(from, from + limit), nextToken: next(servers, from + limit) },
    };
  }),
  answers("get_execution_events", (request) => {
    const { limit, from } = pageOf(request);
    const events = eventsOf(asked(request));
    return { items: events.slice(from, from + limit), nextToken: next(events, from + limit) };
  }),
  answers("get_job_logs", (request) => {
    const { waveNumber } = pageOf(request);
    const servers = serversOf(asked(request), waveNumber).filter(({ jobId }) => jobId !== undefined);
    return { items: servers.length === 0 ? [] : [jobLog(servers)] };
  }),
  answers("get_recovery_instances", (request) => {
    const { waveNumber } = pageOf(request);
    const [example] = exampleOf("get_recovery_instances").items;
    const servers = serversOf(asked(request), waveNumber);
    return {
      unread: [],
      items: servers.flatMap(({ recoveryInstanceId: id, ...place }) =>
        id === undefined || example === undefined
          ? []
          : [
              {
                ...example,
                ...place,
                jobId: place.jobId ?? "",
                recoveryInstanceId: id,
                ec2InstanceId: id,
                launchedInto: false,
              },
            ],
      ),
    };
  }),
  answers("get_termination_status", (request) => {
    const { executionId, termination } = asked(request);
    return {
      executionId,
      status: termination?.status ?? ("NOT_REQUESTED" as const),
      termination,
      left: [],
      unknown: [],
    };
  }),
];

function asked(request: Request): PlayedExecution {
  const id = /\/executions\/([^/?]+)/.exec(request.url)?.[1] ?? "";
  const found = EXECUTIONS[id] ?? EXECUTIONS["exec-runs"];
  if (found === undefined) throw new Error("no execution is played");
  return found;
}

function pageOf(request: Request) {
  const { searchParams } = new URL(request.url);
  const wave = searchParams.get("waveNumber");
  return {
    waveNumber: wave === null ? undefined : Number(wave),
    limit: Number(searchParams.get("limit") ?? 50),
    from: Number(searchParams.get("nextToken") ?? 0),
  };
}

function next(all: readonly unknown[], from: number): string | undefined {
  return from < all.length ? String(from) : undefined;
}

function eventsOf({ executionId, planId, waves, initiatedBy }: PlayedExecution): Model<"ExecutionEvent">[] {
  const event = { executionId, planId, actor: "engine", details: {} };
  const started = { ...event, time: minute(0), step: 0, index: 0, type: "EXECUTION_STARTED" as const };
  const moved = waves.flatMap(({ waveNumber, waveName, startedAt, endedAt, status }) =>
    [
      { time: startedAt, message: `Wave ${waveNumber + 1} (${waveName}) is LAUNCHING` },
      { time: endedAt, message: `Wave ${waveNumber + 1} (${waveName}) is ${status}` },
    ].map(({ time, message }, index) => ({ time, message, index, waveNumber })),
  );
  return [
    { ...started, message: "The execution was started", actor: initiatedBy },
    ...moved.flatMap(({ time, ...move }) =>
      time === undefined ? [] : [{ ...event, ...move, time, step: move.waveNumber + 1, type: "WAVE_STATUS" as const }],
    ),
  ].sort((one, other) => (one.time < other.time ? 1 : -1));
}

function jobLog(servers: readonly PlayedExecution["servers"]["items"][number][]): Model<"JobLog"> {
  const [first] = servers;
  if (first === undefined) throw new Error("a job has servers");
  const { waveNumber, accountId, region } = first;
  const lines = servers.flatMap(({ name, sourceServerId }) =>
    ["Taking a snapshot of", "Converting", "Launching"].map((words, index) => ({
      time: minute(2 + index),
      event: "LAUNCH_START",
      message: `${words} ${name} (${sourceServerId})`,
      sourceServerId,
    })),
  );
  const job = { jobId: "drsjob-1111111111111db01", waveNumber, accountId, region, serverCount: servers.length };
  return { ...job, launchState: "STARTED", lines, stagingJobs: [], unreadStaging: [] };
}
