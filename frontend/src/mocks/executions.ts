import type { Model } from "@/api/types";

/** Executions in every state, to be played and tested with: a diamond of four waves, and one that is large. */
export type PlayedExecution = Model<"ExecutionView">;
type Wave = PlayedExecution["waves"][number];
type Server = PlayedExecution["servers"]["items"][number];
type Gate = PlayedExecution["gates"][number];

/** An hour ago. */
const BEGUN = (Math.floor(Date.now() / 60_000) - 60) * 60_000;
const TARGETS = [
  { accountId: "111122223333", region: "us-east-1" },
  { accountId: "444455556666", region: "us-west-2" },
];
const SHAPE: readonly (readonly [string, number[], number])[] = [
  ["Databases", [], 2],
  ["Application", [0], 3],
  ["Queues", [0], 1],
  ["Web", [1, 2], 2],
];

/** So many minutes after the executions began. */
export function minute(number: number): string {
  return new Date(BEGUN + number * 60_000).toISOString();
}

function wave(waveNumber: number, waveName: string, dependsOnWaves: number[], serverCount: number): Wave {
  return {
    waveNumber,
    waveName,
    status: "PENDING",
    statusReason: "",
    dependsOnWaves,
    pauseBeforeWave: waveNumber === 1,
    failurePolicy: "PAUSE",
    protectionGroupIds: [`group-${waveNumber}`],
    protectionGroupNames: [`${waveName} group`],
    serverCount,
    launchedCount: 0,
    failedCount: 0,
    progress: 0,
    draining: false,
    retries: 0,
    stagingJobs: [],
    unreadStaging: [],
    acceptedCodes: [],
  };
}

const DONE = (from: number, to: number) => ({
  status: "COMPLETED" as const,
  statusReason: "every server is healthy",
  startedAt: minute(from),
  endedAt: minute(to),
});

function gate(kind: Gate["kind"], waveNumber: number | undefined): Gate {
  return {
    scope: waveNumber === undefined ? "all" : String(waveNumber),
    number: 1,
    kind,
    waveNumber,
    status: "OPEN",
    reason: kind === "PAUSE" ? "Waiting for the network team" : "",
    openedAt: minute(15),
    expiresAt: minute(15 + 24 * 60),
  };
}

function based(change: Partial<PlayedExecution>, waves: readonly Partial<Wave>[]): PlayedExecution {
  return {
    executionId: "exec-runs",
    planId: "plan-shop",
    planName: "Shop",
    planVersion: 3,
    executionType: "DRILL",
    status: "RUNNING",
    statusReason: "2 waves are under way",
    progress: 41,
    initiatedBy: "operator@example.com",
    reason: "Quarterly drill",
    startedAt: minute(0),
    targets: TARGETS,
    waveCount: SHAPE.length,
    serverCount: 8,
    pointInTime: minute(0),
    rto: { actualSeconds: 3600, gateSeconds: 240, actualSecondsWithoutGates: 3360, isFinal: false, targetMinutes: 90 },
    rpo: { unknownCount: 0, actualSeconds: 240, targetSeconds: 300, met: true },
    waves: SHAPE.map(([name, dependsOn, servers], number) => {
      const made = { ...wave(number, name, dependsOn, servers), ...waves[number] };
      return made.status === "COMPLETED" ? { ...made, launchedCount: servers, progress: 100 } : made;
    }),
    gates: [],
    servers: { items: [] },
    abandonedJobs: [],
    temporarySettingsCount: 0,
    overrideCodes: [],
    ...change,
  };
}

const ENDED = { isFinal: true, actualSeconds: 2820, gateSeconds: 240, actualSecondsWithoutGates: 2580 };
const ALL_DONE = [DONE(1, 15), DONE(19, 34), DONE(15, 28), DONE(34, 47)];
const LAUNCHING = { status: "LAUNCHING" as const, statusReason: "DRS launches its servers", startedAt: minute(19) };
const FAILED = { status: "FAILED" as const, failedCount: 1, startedAt: minute(19), endedAt: minute(31) };
const COMPLETED: Partial<PlayedExecution> = {
  status: "COMPLETED",
  statusReason: "every wave is completed",
  progress: 100,
  endedAt: minute(47),
  rto: { ...ENDED, targetMinutes: 60, met: true },
};

/** By their ids. */
export const EXECUTIONS: Readonly<Record<string, PlayedExecution>> = Object.fromEntries(
  [
    based(
      { executionId: "exec-preparing", status: "PREPARING", statusReason: "Servers are being locked", progress: 0 },
      [],
    ),
    based({}, [DONE(1, 15), LAUNCHING, { ...LAUNCHING, startedAt: minute(15) }]),
    based(
      {
        executionId: "exec-waits",
        status: "PAUSED",
        statusReason: "wave 2 (Application) waits for approval",
        progress: 25,
        gates: [gate("APPROVAL", 1)],
      },
      [DONE(1, 15), { status: "AWAITING_APPROVAL", statusReason: "waits for approval" }],
    ),
    based(
      {
        executionId: "exec-paused",
        status: "PAUSED",
        statusReason: "paused by operator@example.com",
        gates: [gate("PAUSE", undefined)],
      },
      [DONE(1, 15)],
    ),
    based(
      {
        executionId: "exec-stuck",
        executionType: "RECOVERY",
        status: "PAUSED",
        statusReason: "wave 2 (Application) went wrong",
        gates: [gate("FAILURE", 1)],
      },
      [DONE(1, 15), { ...FAILED, statusReason: "1 of 3 servers failed", launchedCount: 2 }, DONE(15, 28)],
    ),
    based({ executionId: "exec-cancelling", status: "CANCELLING", cancelledBy: "operator@example.com" }, [
      DONE(1, 15),
      LAUNCHING,
    ]),
    based({ executionId: "exec-draining", status: "DRAINING", statusReason: "a gate expired undecided" }, [
      DONE(1, 15),
    ]),
    based({ ...COMPLETED, executionId: "exec-completed" }, ALL_DONE),
    based({ ...COMPLETED, executionId: "exec-recovered", executionType: "RECOVERY" }, ALL_DONE),
    based(
      {
        ...COMPLETED,
        executionId: "exec-ended",
        status: "PARTIAL",
        statusReason: "wave 4 (Web) is partly completed",
        rto: { ...ENDED, targetMinutes: 30, met: false },
      },
      [...ALL_DONE.slice(0, 3), { ...DONE(34, 47), status: "PARTIAL", launchedCount: 1, failedCount: 1 }],
    ),
    based(
      {
        executionId: "exec-failed",
        status: "FAILED",
        statusReason: "wave 2 (Application) failed, and its policy is to stop",
        progress: 60,
        endedAt: minute(31),
        rto: { ...ENDED, actualSeconds: 1860, targetMinutes: 60 },
      },
      [
        DONE(1, 15),
        { ...FAILED, failurePolicy: "STOP", statusReason: "1 of 3 servers failed", launchedCount: 2 },
        DONE(15, 28),
        { status: "CANCELLED", statusReason: "it never began", endedAt: minute(31) },
      ],
    ),
    based({ executionId: "exec-cancelled", status: "CANCELLED", endedAt: minute(20), progress: 25 }, [DONE(1, 15)]),
    based({ executionId: "exec-timeout", status: "TIMEOUT", endedAt: minute(60), progress: 25 }, [
      DONE(1, 15),
      { status: "TIMEOUT", startedAt: minute(19), endedAt: minute(60) },
    ]),
    based({ ...COMPLETED, executionId: "exec-terminating", termination: termination("RUNNING", 3) }, ALL_DONE),
    based({ ...COMPLETED, executionId: "exec-terminated", termination: termination("COMPLETED", 0) }, ALL_DONE),
    large(),
  ].map((each) => [each.executionId, each]),
);

function termination(status: Model<"TerminationStatus">, remainingCount: number): Model<"TerminationView"> {
  return {
    number: 1,
    status,
    statusReason: status === "RUNNING" ? "DRS terminates them" : "nothing is left",
    requestedBy: "operator@example.com",
    requestedAt: minute(50),
    endedAt: status === "RUNNING" ? undefined : minute(55),
    serverCount: 8,
    leftCount: 0,
    foundCount: 8,
    remainingCount,
  };
}

/** 1,000 servers in 50 waves, of which each third waits for the two before it. */
function large(): PlayedExecution {
  const waves = Array.from({ length: 50 }, (_, number) => {
    const before = number === 0 ? [] : number % 3 === 0 ? [number - 1, number - 2] : [number - (number % 3)];
    const made = wave(number, `Tier ${number + 1}`, before, 20);
    if (number < 10) return { ...made, ...DONE(number * 5, number * 5 + 6), launchedCount: 20, progress: 100 };
    return number < 12 ? { ...made, ...LAUNCHING, startedAt: minute(56), launchedCount: 7 } : made;
  });
  return based({ executionId: "exec-large", waves, waveCount: 50, serverCount: 1000, progress: 22 }, []);
}

/** The servers of a wave, or of all waves, as far as their waves have come. */
export function serversOf(execution: PlayedExecution, waveNumber?: number): Server[] {
  const waves = execution.waves.filter((each) => waveNumber === undefined || each.waveNumber === waveNumber);
  return waves.flatMap((each) => Array.from({ length: each.serverCount }, (_, index) => server(each, index)));
}

function server(of: Wave, index: number): Server {
  const id = `${of.waveNumber}`.padStart(4, "0") + `${index}`.padStart(4, "0");
  const place = TARGETS[of.waveNumber % TARGETS.length] ?? { accountId: "", region: "" };
  return {
    ...place,
    waveNumber: of.waveNumber,
    sourceServerId: `s-111111111${id}`,
    name: `${of.waveName.toLowerCase().replace(" ", "-")}${index + 1}`,
    optional: false,
    acceptedFindings: [],
    launchReason: "",
    healthStatus: "UNKNOWN",
    healthReason: "",
    attempt: 1,
    commands: [],
    updatedAt: minute(12),
    ...verdictsOf(of, index, id),
  };
}

function verdictsOf(of: Wave, index: number, id: string): Pick<Server, "launchStatus"> & Partial<Server> {
  const jobId = `drsjob-111111111${id}`;
  if (index < of.launchedCount) {
    return {
      jobId,
      launchStatus: "LAUNCHED",
      healthStatus: "HEALTHY",
      healthReason: "EC2 passed both status checks",
      recoveryInstanceId: `i-0a1b2c3d4${id}`,
      recoveryPoint: { isKnown: true, at: minute(-4), achievedRpoSeconds: 240 },
      launchedAt: minute(12),
    };
  }
  if (index < of.launchedCount + of.failedCount) {
    const launchReason = "DRS could not convert it: the subnet has no free address";
    return { jobId, launchStatus: "FAILED", launchReason };
  }
  if (of.status === "LAUNCHING") return { jobId, launchStatus: "LAUNCHING", launchReason: "Converting" };
  return { launchStatus: "PENDING" };
}
