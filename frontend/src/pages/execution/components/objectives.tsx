import Box from "@cloudscape-design/components/box";
import type { Model } from "@/api/types";
import { Sign } from "@/components/sign";
import { count } from "@/text/amounts";
import { duration } from "@/text/time";

/** The measured recovery time against the plan's target, as the API says it. */
export function Rto({ rto }: { readonly rto: Model<"RecoveryTime"> }) {
  const { actualSeconds, gateSeconds, actualSecondsWithoutGates, targetMinutes, met, isFinal } = rto;
  return (
    <>
      <div>
        {duration(actualSeconds)}
        {!isFinal && " so far"}
      </div>
      {targetMinutes === undefined ? (
        <Box variant="small" display="block">
          The plan has no target.
        </Box>
      ) : (
        <Objective met={met} target={duration(targetMinutes * 60)} />
      )}
      {gateSeconds > 0 && (
        <Box variant="small" display="block">
          {duration(gateSeconds)} of it at gates, {duration(actualSecondsWithoutGates)} without.
        </Box>
      )}
    </>
  );
}

/** How much data the recovery lost at most, against the plan's target. */
export function Rpo({ rpo }: { readonly rpo: Model<"AchievedRpo"> }) {
  return (
    <>
      <div>{rpo.actualSeconds === undefined ? "Not known yet" : duration(rpo.actualSeconds)}</div>
      {rpo.targetSeconds !== undefined && <Objective met={rpo.met} target={duration(rpo.targetSeconds)} />}
      {rpo.unknownCount > 0 && (
        <Box variant="small" display="block">
          DRS does not tell it of {count(rpo.unknownCount, "launched server")}.
        </Box>
      )}
    </>
  );
}

function Objective({ met, target }: { readonly met: boolean | undefined; readonly target: string }) {
  if (met === undefined)
    return (
      <Box variant="small" display="block">
        Target {target}
      </Box>
    );
  return (
    <Sign type={met ? "success" : "error"}>
      {met ? "Met" : "Missed"}, target {target}
    </Sign>
  );
}
