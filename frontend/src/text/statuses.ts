import type { StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import type { Model } from "@/api/types";

/** The one place that knows the statuses: their words, how they look, and which of them are an end. */
export interface Status {
  readonly words: string;
  readonly type: StatusIndicatorProps.Type;
  readonly isEnd: boolean;
}

const going = (words: string, type: StatusIndicatorProps.Type = "in-progress"): Status => ({
  words,
  type,
  isEnd: false,
});
const ended = (words: string, type: StatusIndicatorProps.Type): Status => ({ words, type, isEnd: true });

export const EXECUTION: Readonly<Record<Model<"ExecutionStatus">, Status>> = {
  PREPARING: going("Preparing", "pending"),
  PENDING: going("About to start", "pending"),
  RUNNING: going("Running"),
  PAUSED: going("Paused, waits for a decision", "warning"),
  CANCELLING: going("Being cancelled"),
  DRAINING: going("Ending, jobs of DRS still run"),
  COMPLETED: ended("Completed", "success"),
  PARTIAL: ended("Partly completed", "warning"),
  FAILED: ended("Failed", "error"),
  CANCELLED: ended("Cancelled", "stopped"),
  TIMEOUT: ended("Out of time", "error"),
};

export const WAVE: Readonly<Record<Model<"WaveStatus">, Status>> = {
  PENDING: going("Still to come", "pending"),
  AWAITING_APPROVAL: going("Waits for approval", "warning"),
  LAUNCHING: going("Launching"),
  LAUNCHED: going("Launched"),
  VALIDATING: going("Being checked"),
  COMPLETED: ended("Completed", "success"),
  PARTIAL: ended("Partly completed", "warning"),
  FAILED: ended("Failed", "error"),
  SKIPPED: ended("Skipped", "stopped"),
  CANCELLED: ended("Cancelled", "stopped"),
  TIMEOUT: ended("Out of time", "error"),
};

export const LAUNCH: Readonly<Record<Model<"LaunchStatus">, Status>> = {
  PENDING: going("Still to come", "pending"),
  LAUNCHING: going("Launching"),
  LAUNCHED: ended("Launched", "success"),
  FAILED: ended("Not launched", "error"),
  SKIPPED: ended("Skipped", "stopped"),
  CANCELLED: ended("Cancelled", "stopped"),
  TERMINATED: ended("Terminated", "stopped"),
};

export const HEALTH: Readonly<Record<Model<"HealthStatus">, Status>> = {
  UNKNOWN: going("Not known yet", "pending"),
  HEALTHY: ended("Healthy", "success"),
  UNHEALTHY: ended("Not healthy", "error"),
};

export const GATE: Readonly<Record<Model<"GateStatus">, Status>> = {
  OPEN: going("Waits for a decision", "warning"),
  APPROVED: ended("Approved", "success"),
  REJECTED: ended("Rejected", "stopped"),
  EXPIRED: ended("Expired", "error"),
  CLOSED: ended("Closed", "stopped"),
};

export const TERMINATION: Readonly<Record<Model<"TerminationStatus">, Status>> = {
  RUNNING: going("Being terminated"),
  COMPLETED: ended("Terminated", "success"),
  FAILED: ended("Not all terminated", "error"),
};

export const OUTCOME: Readonly<Record<Model<"Outcome">, Status>> = {
  PASS: ended("Passed", "success"),
  WARN: ended("Warning", "warning"),
  FAIL: ended("Prevents a start", "error"),
  UNKNOWN: ended("Could not be checked", "error"),
};

export const BAND: Readonly<Record<Model<"Band">, Status>> = {
  ok: ended("Room enough", "success"),
  info: ended("Filling up", "info"),
  warning: ended("Nearly full", "warning"),
  critical: ended("Almost no room", "error"),
  beyond: ended("Past the quota", "error"),
};

export const CONFIG: Readonly<Record<Model<"ConfigStatus">, Status>> = {
  NONE: ended("Nothing stored", "stopped"),
  PENDING: going("To be applied", "pending"),
  IN_PROGRESS: going("Being applied"),
  APPLIED: ended("Applied", "success"),
  DRIFTED: ended("Changed elsewhere", "warning"),
  FAILED: ended("Not applied", "error"),
};

export const REPLICATION: Readonly<Record<Model<"ReplicationState">, Status>> = {
  STOPPED: ended("Stopped", "stopped"),
  INITIATING: going("Being set up"),
  INITIAL_SYNC: going("First copy is made"),
  BACKLOG: going("Catching up"),
  CREATING_SNAPSHOT: going("Snapshot is made"),
  CONTINUOUS: going("Replicating", "success"),
  PAUSED: going("Paused", "warning"),
  RESCAN: going("Being read anew"),
  STALLED: going("Stalled", "error"),
  DISCONNECTED: going("Disconnected", "error"),
};

export const ACCOUNT: Readonly<Record<Model<"AccountStatus">, Status>> = {
  active: ended("Active", "success"),
  inactive: ended("Inactive, no start may use it", "stopped"),
};

export const REGION_STATE: Readonly<Record<Model<"RegionState">, Status>> = {
  READY: ended("The hub gets in, DRS answers", "success"),
  NOT_INITIALIZED: ended("DRS is not initialised", "warning"),
  NOT_ENABLED: ended("The account has not opted in", "warning"),
  DENIED: ended("The role is not allowed to", "error"),
  THROTTLED: ended("DRS was asked too often", "warning"),
  NOT_ENTERED: ended("The hub does not get in", "error"),
  SILENT: ended("No answer in time", "error"),
  UNREADABLE: ended("Could not be read", "error"),
};

export const SYNC: Readonly<Record<Model<"SyncStatus">, Status>> = {
  RUNNING: going("Servers are being extended"),
  BROKEN_OFF: going("Broke off, goes on by itself within minutes", "warning"),
  DONE: ended("Done", "success"),
};

export const EXTENSION: Readonly<Record<Model<"ExtendOutcome">, Status>> = {
  EXTENDED: ended("Extended", "success"),
  UNUSABLE: ended("Extended, and cannot be recovered", "error"),
  REFUSED: ended("Not extended", "error"),
  UNKNOWN: ended("Nobody knows", "warning"),
};

export const TAG_SYNC: Readonly<Record<Model<"TagSyncStatus">, Status>> = {
  RUNNING: going("Tags are being copied"),
  COMPLETED: ended("Completed", "success"),
  PARTIAL: ended("Not all servers are up to date", "warning"),
};

export const TAG_PLACE: Readonly<Record<Model<"PlaceStatus">, Status>> = {
  PENDING: going("Still to come", "pending"),
  RUNNING: going("Being copied"),
  DONE: ended("Done", "success"),
  FAILED: ended("Not read", "error"),
  NOT_IN_USE: ended("DRS is not used", "stopped"),
};

/** A job of DRS ends alike however its servers fared. */
export const JOB: Readonly<Record<Model<"JobStatus">, Status>> = {
  PENDING: going("Still to start", "pending"),
  STARTED: going("Running"),
  COMPLETED: ended("Ended", "info"),
};

export const JOB_TYPE: Readonly<Record<Model<"JobType">, string>> = {
  LAUNCH: "Launch",
  TERMINATE: "Termination",
  CREATE_CONVERTED_SNAPSHOT: "Snapshots are converted",
};

export const PARTICIPANT: Readonly<Record<Model<"ParticipantStatus">, Status>> = {
  PENDING: going("Still to come", "pending"),
  IN_PROGRESS: going("Under way"),
  LAUNCHED: ended("Launched", "success"),
  FAILED: ended("Failed", "error"),
  TERMINATED: ended("Terminated", "stopped"),
};

export const EXECUTION_TYPE: Readonly<Record<Model<"ExecutionType">, string>> = {
  DRILL: "Drill",
  RECOVERY: "Recovery",
};

/** A status by its name; one that this console does not know is shown as it is, and is no end. */
export function statusOf<Name extends string>(known: Readonly<Record<Name, Status>>, name: string): Status {
  return name in known ? known[name as Name] : { words: name, type: "info", isEnd: false };
}
