import type { Model } from "@/api/types";
import { useOperation } from "@/api/use-operation";
import { ConfirmDialog } from "@/components/confirm-dialog";
import { count, enumeration } from "@/text/amounts";
import { instantOf, localTime } from "@/text/time";
import { codeWords, type OverrideCode } from "../findings";

interface StartDialogProps {
  readonly report: Model<"PreflightReport">;
  readonly type: Model<"ExecutionType">;
  readonly pointInTime: string;
  readonly codes: readonly OverrideCode[];
  /** Whether launch settings are accepted of all servers, whatever is found of them later. */
  readonly isOfAllServers: boolean;
  readonly verb: string;
  readonly isBusy: boolean;
  readonly error: unknown;
  readonly onConfirm: () => void;
  readonly onDismiss: () => void;
}

/** Asks once before a drill; before a recovery the name of the plan is typed. */
export function StartDialog(props: StartDialogProps) {
  const { report, type, pointInTime, codes, isOfAllServers, verb } = props;
  const accounts = useOperation("list_target_accounts", { query: { limit: 100 } }, { staleMilliseconds: 60_000 });
  const names = new Map(accounts.data?.items.map(({ accountId, accountName }) => [accountId, accountName]));
  const places = report.targets.map(({ accountId, region }) => {
    const name = names.get(accountId);
    return `${name === undefined ? accountId : `${name} (${accountId})`} in ${region}`;
  });
  const instant = instantOf(pointInTime);
  const replaced = report.replacedInstances.length;
  return (
    <ConfirmDialog
      question={`${verb}?`}
      operation="start_execution"
      verb={verb}
      typed={type === "RECOVERY" ? report.planName : undefined}
      isBusy={props.isBusy}
      error={props.error}
      onConfirm={props.onConfirm}
      onDismiss={props.onDismiss}
    >
      <p>
        {report.planName} launches {count(report.serverCount, "server")} in {count(report.waves.length, "wave")}, in{" "}
        {enumeration(places)}, to {instant === undefined ? "the latest points in time" : localTime(instant)}.
      </p>
      {replaced > 0 && <p>{count(replaced, "instance")} lose the volumes that they have now.</p>}
      {codes.length > 0 && <p>In spite of: {enumeration(codes.map(codeWords))}.</p>}
      {isOfAllServers && (
        <p>Launch settings are accepted of all its servers, whatever is found of them until it ends.</p>
      )}
      <p>
        {type === "DRILL"
          ? "The sources go on as they are. The instances cost money until they are terminated."
          : "This is no drill: what is launched takes over."}
      </p>
    </ConfirmDialog>
  );
}
