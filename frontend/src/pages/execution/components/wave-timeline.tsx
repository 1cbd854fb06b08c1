import Box from "@cloudscape-design/components/box";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useNow } from "@/components/use-now";
import { engineNow } from "@/text/clock";
import { EXECUTION, statusOf, WAVE } from "@/text/statuses";
import { duration, instantOf } from "@/text/time";
import { type Bar, type Timeline, timelineOf } from "../timeline";
import { type Execution, waveTitle } from "../waves";
import type { WaveViewProps } from "./wave-view";
import "./wave-timeline.css";

const TICKS = [0, 0.25, 0.5, 0.75, 1];

/** When each wave ran and will run, and which of them made the execution as long as it is. */
export function WaveTimeline({ execution, selected, onSelect }: WaveViewProps) {
  useNow(5_000);
  const timeline = timelineNow(execution);
  return (
    <SpaceBetween size="s">
      <Box variant="small">{criticalWords(timeline)}</Box>
      <ol className="wave-timeline" aria-label="Waves in time">
        {execution.waves.map((wave) => {
          const bar = timeline.bars.find((each) => each.wave === wave);
          return (
            <li key={wave.waveNumber}>
              <button
                type="button"
                aria-pressed={wave.waveNumber === selected}
                onClick={() => onSelect(wave.waveNumber)}
              >
                {waveTitle(wave)}
                <small>
                  {statusOf(WAVE, wave.status).words}, {whenWords(bar)}
                </small>
              </button>
              <div className="wave-track" aria-hidden="true">
                {bar !== undefined && <BarShape bar={bar} length={timeline.length} />}
                {timeline.now !== undefined && (
                  <div
                    className="wave-now"
                    style={{ insetInlineStart: `${(100 * timeline.now) / timeline.length}%` }}
                  />
                )}
              </div>
            </li>
          );
        })}
        <li aria-hidden="true">
          <span />
          <div className="wave-axis">
            {TICKS.map((share) => (
              <span key={share}>{duration(share * timeline.length)}</span>
            ))}
          </div>
        </li>
      </ol>
      {timeline.bars.some(({ isExpected }) => isExpected) && (
        <Box variant="small">
          Hatched waves are still to come: they are drawn as long as those before took, and nobody knows yet.
        </Box>
      )}
    </SpaceBetween>
  );
}

function BarShape({ bar, length }: { readonly bar: Bar; readonly length: number }) {
  const { type } = statusOf(WAVE, bar.wave.status);
  const classes = ["wave-bar", bar.isExpected ? "is-expected" : `is-${type}`, bar.isCritical ? "is-critical" : ""];
  const place = {
    insetInlineStart: `${(100 * bar.from) / length}%`,
    width: `${(100 * (bar.to - bar.from)) / length}%`,
  };
  return <div className={classes.join(" ")} style={place} />;
}

function timelineNow(execution: Execution): Timeline {
  const isEnded = statusOf(EXECUTION, execution.status).isEnd;
  const startedAt = instantOf(execution.startedAt) ?? engineNow();
  const until = isEnded ? (instantOf(execution.endedAt) ?? engineNow()) : engineNow();
  return timelineOf(execution.waves, startedAt, until, isEnded);
}

function whenWords(bar: Bar | undefined): string {
  if (bar === undefined) return "never began";
  if (bar.isExpected) return "time not known yet";
  const critical = bar.isCritical ? ", on the critical path" : "";
  return `${duration(bar.to - bar.from)} from minute ${Math.floor(bar.from / 60)}${critical}`;
}

function criticalWords({ criticalPath, now }: Timeline): string {
  if (criticalPath.length === 0) return "No wave has begun.";
  const way = criticalPath.map(({ waveNumber }) => waveNumber + 1).join(", then ");
  return `Critical path${now === undefined ? "" : ", as things stand"}: wave ${way}. It is outlined.`;
}
