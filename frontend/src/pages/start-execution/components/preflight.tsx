import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import FormField from "@cloudscape-design/components/form-field";
import { useState } from "react";
import { useNavigate } from "react-router";
import { ApiError } from "@/api/errors";
import type { Model } from "@/api/types";
import { useChange } from "@/api/use-operation";
import { CollectionTable } from "@/components/collection-table";
import { ErrorNotice } from "@/components/error-notice";
import { UnsavedGuard } from "@/components/unsaved-guard";
import { Permitted } from "@/permissions/permitted";
import { paths } from "@/routes/paths";
import { useNotifications } from "@/shell/notifications";
import { count } from "@/text/amounts";
import { EXECUTION_TYPE } from "@/text/statuses";
import {
  type Finding,
  inOrderOfWeight,
  isAboutSettings,
  lackedTime,
  mustBeNamed,
  obstaclesOf,
  type OverrideCode,
} from "../findings";
import { FINDING_COLUMNS, idOfFinding, REPLACED_COLUMNS, SERVER_COLUMNS } from "../table-config";
import { ExistingInstances } from "./existing-instances";
import { OverrideForm, type SettingsScope } from "./override-form";
import { StartDialog } from "./start-dialog";

interface PreflightProps {
  readonly report: Model<"PreflightReport">;
  readonly type: Model<"ExecutionType">;
  readonly pointInTime: string;
  readonly isChecking: boolean;
  /** Whether what is shown is what was found last; otherwise checking has failed since. */
  readonly isKnown: boolean;
  /** When the report was read, in milliseconds since 1970. */
  readonly readAt: number;
  readonly intention: Intention;
  readonly onIntend: (intention: Intention) => void;
  readonly onCheckAgain: () => void;
}

export interface Intention {
  readonly reason: string;
  readonly overrideReason: string;
  readonly codes: readonly OverrideCode[];
  /** Of which servers launch settings are accepted; to be chosen where any are. */
  readonly settingsScope?: SettingsScope;
}

export const NOTHING_INTENDED: Intention = { reason: "", overrideReason: "", codes: [] };

/** Everything that was found, what would be done, and the button that does it. */
export function Preflight(props: PreflightProps) {
  const { report, type, pointInTime, isChecking, isKnown, intention, onIntend, onCheckAgain } = props;
  const navigate = useNavigate();
  const { succeeded } = useNotifications();
  const [isAsking, setIsAsking] = useState(false);
  const [refusedAt, setRefusedAt] = useState(0);
  const start = useChange("start_execution", {
    invalidates: ["list_executions", "preflight_recovery_plan"],
    onSuccess: (started) => {
      succeeded(`The ${type.toLowerCase()} of ${started.planName} was started.`);
      void navigate(started.executionId === undefined ? paths.executions : paths.execution(started.executionId));
    },
    onError: (error) => {
      if (!isAboutPreflight(error)) return;
      setRefusedAt(Date.now());
      setIsAsking(false);
      onCheckAgain();
    },
  });
  const { findings, lacked } = newestFindings(report, start.error, props.readAt > refusedAt);
  const { byCode, firm } = obstaclesOf(findings);
  const offered = new Map([...obstaclesOf(lacked).byCode].filter(([code]) => !byCode.has(code)));
  const codes = intention.codes.filter((code) => byCode.has(code) || offered.has(code));
  const isNamedOnly = [...byCode.values(), ...offered.values()].flat().some(mustBeNamed);
  const scope = codes.some(isAboutSettings) ? scopeOf(intention, isNamedOnly) : "NAMED";
  const verb = `Start ${EXECUTION_TYPE[type].toLowerCase()} of ${count(report.serverCount, "server")}`;
  const unavailable = whyNot({ isChecking, isKnown, firm, byCode, codes, scope, intention });
  const confirm = (): void =>
    start.mutate({
      body: {
        planId: report.planId,
        executionType: type,
        reason: intention.reason,
        pointInTime,
        override:
          codes.length === 0
            ? undefined
            : { reason: intention.overrideReason, codes: scope === "FOUND" ? undefined : [...codes] },
      },
    });
  return (
    <SpaceBetween size="l">
      <UnsavedGuard
        isDirty={(intention.overrideReason !== "" || intention.reason !== "") && !start.isPending && !start.isSuccess}
      />
      <Verdict report={report} firm={firm.length} overridable={[...byCode.values()].flat().length} />
      <CollectionTable
        title="Findings"
        noun="finding"
        items={inOrderOfWeight(findings)}
        columns={FINDING_COLUMNS}
        idOf={idOfFinding}
        empty="Nothing was found that speaks against it."
      />
      <ExistingInstances planId={report.planId} />
      <Plan report={report} />
      {firm.length === 0 && byCode.size + offered.size > 0 && (
        <OverrideForm byCode={byCode} offered={offered} codes={codes} intention={intention} onChange={onIntend} />
      )}
      <FormField
        stretch
        label={
          <>
            Reason <i>- optional</i>
          </>
        }
        description="Kept with the execution."
      >
        <Textarea
          rows={2}
          value={intention.reason}
          onChange={({ detail }) => onIntend({ ...intention, reason: detail.value })}
        />
      </FormField>
      <Box float="right">
        <SpaceBetween direction="horizontal" size="xs">
          <Button onClick={() => void navigate(paths.plan(report.planId))}>Cancel</Button>
          <Permitted
            operation="start_execution"
            variant="primary"
            unavailable={unavailable}
            onClick={() => setIsAsking(true)}
          >
            {verb}
          </Permitted>
        </SpaceBetween>
      </Box>
      {!isAsking && <ErrorNotice what="It was not started" error={start.error} />}
      {isAsking && (
        <StartDialog
          report={report}
          type={type}
          pointInTime={pointInTime}
          codes={codes}
          isOfAllServers={codes.some(isAboutSettings) && scope === "NAMED"}
          verb={verb}
          isBusy={start.isPending}
          error={start.error}
          onConfirm={confirm}
          onDismiss={() => setIsAsking(false)}
        />
      )}
    </SpaceBetween>
  );
}

interface Standing {
  readonly isChecking: boolean;
  readonly isKnown: boolean;
  readonly firm: readonly Finding[];
  readonly byCode: ReadonlyMap<OverrideCode, readonly Finding[]>;
  readonly codes: readonly OverrideCode[];
  readonly scope: SettingsScope | undefined;
  readonly intention: Intention;
}

/** The choice that was made, unless it cannot be had. */
function scopeOf({ settingsScope }: Intention, isNamedOnly: boolean): SettingsScope | undefined {
  return isNamedOnly && settingsScope === "FOUND" ? undefined : settingsScope;
}

function whyNot({ isChecking, isKnown, firm, byCode, codes, scope, intention }: Standing): string | undefined {
  if (isChecking) return "It is being checked.";
  if (!isKnown) return "It could not be checked; check again first.";
  if (firm.length > 0) return `${count(firm.length, "finding")} cannot be overridden.`;
  if ([...byCode.keys()].some((code) => !codes.includes(code)))
    return "Some findings prevent it; take each of them upon yourself, or put it right.";
  if (scope === undefined) return "Say of which servers launch settings are accepted.";
  if (codes.length > 0 && intention.overrideReason.trim() === "") return "Give a reason for the override.";
  return undefined;
}

/** Whether a start was refused for what the world is like now, which is looked at again. */
function isAboutPreflight(error: Error): error is ApiError {
  return error instanceof ApiError && (error.code === "PREFLIGHT_FAILED" || error.code === "CONFLICT_ERROR");
}

/**
 * What a refused start has found is newer than the report, until that is read again. What it had no time to look at and
 * the report since has not found is apart: a report has more time, and the next start may be refused for it again.
 */
function newestFindings(
  report: Model<"PreflightReport">,
  error: Error | null,
  isReadAgain: boolean,
): { readonly findings: readonly Finding[]; readonly lacked: readonly Finding[] } {
  const said: unknown =
    error instanceof ApiError && error.code === "PREFLIGHT_FAILED" ? error.details.findings : undefined;
  if (!Array.isArray(said)) return { findings: report.findings, lacked: [] };
  const known = new Set(report.findings.map(idOfFinding));
  const added = (said as Finding[]).filter((finding) => !known.has(idOfFinding(finding)));
  return isReadAgain
    ? { findings: report.findings, lacked: added.filter(lackedTime) }
    : { findings: [...report.findings, ...added], lacked: [] };
}

interface VerdictProps {
  readonly report: Model<"PreflightReport">;
  readonly firm: number;
  readonly overridable: number;
}

function Verdict({ report, firm, overridable }: VerdictProps) {
  const checked = `${count(report.checks.length, "check")} in ${count(report.targets.length, "account and region", "accounts and regions")}.`;
  if (firm > 0) {
    return (
      <Alert type="error" header="It cannot be started now">
        {count(firm, "finding")} cannot be overridden, and must be put right first. {checked}
      </Alert>
    );
  }
  if (overridable > 0) {
    return (
      <Alert type="warning" header="It can be started only in spite of what was found">
        {count(overridable, "finding")} would prevent it. {checked}
      </Alert>
    );
  }
  return (
    <Alert type="success" header="It can be started">
      {checked}
    </Alert>
  );
}

/** What would be done: the servers of each wave, and the instances that would lose their volumes. */
function Plan({ report }: { readonly report: Model<"PreflightReport"> }) {
  return (
    <SpaceBetween size="s">
      {report.replacedInstances.length > 0 && (
        <CollectionTable
          title="Instances whose volumes are replaced"
          noun="instance"
          items={report.replacedInstances}
          columns={REPLACED_COLUMNS}
          idOf={({ instanceId, sourceServerId }) => `${instanceId} ${sourceServerId}`}
          description="Servers are launched into these; the volumes that they have now are lost."
        />
      )}
      {report.waves.map((wave) => (
        <ExpandableSection
          key={wave.waveNumber}
          headerText={`Wave ${wave.waveNumber + 1}, ${wave.waveName}: ${count(wave.serverCount, "server")}`}
        >
          <CollectionTable
            title={`Servers of wave ${wave.waveNumber + 1}`}
            noun="server"
            headingLevel="h3"
            variant="embedded"
            items={wave.servers}
            columns={SERVER_COLUMNS}
            idOf={({ server }) => `${server.accountId} ${server.region} ${server.sourceServerId}`}
          />
        </ExpandableSection>
      ))}
    </SpaceBetween>
  );
}
