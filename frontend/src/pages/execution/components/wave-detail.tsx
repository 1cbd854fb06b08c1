import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs from "@cloudscape-design/components/tabs";
import { useState } from "react";
import { StatusWords } from "@/components/status";
import { Permitted } from "@/permissions/permitted";
import { WAVE } from "@/text/statuses";
import type { Action } from "../actions";
import { whyNotApprove, whyNotRetry, whyNotSkip } from "../legality";
import { type Execution, isSettled, openGateOf, type Wave, waveTitle } from "../waves";
import { Instances } from "./instances";
import { JobLogs } from "./job-logs";
import { Servers } from "./servers";
import { WaveFacts } from "./wave-facts";

interface WaveDetailProps {
  readonly execution: Execution;
  readonly wave: Wave;
  readonly onAsk: (action: Action) => void;
}

/** One wave: what may be done about it, its servers, its jobs, its instances, and what the plan says of it. */
export function WaveDetail({ execution, wave, onAsk }: WaveDetailProps) {
  const [tab, setTab] = useState("servers");
  const asked = { executionId: execution.executionId, waveNumber: wave.waveNumber, poll: !isSettled(execution) };
  const tabs = {
    servers: { label: `Servers (${wave.serverCount})`, content: () => <Servers {...asked} /> },
    jobs: { label: "Jobs of DRS", content: () => <JobLogs {...asked} wave={wave} /> },
    instances: { label: "Instances", content: () => <Instances {...asked} /> },
    facts: { label: "About this wave", content: () => <WaveFacts execution={execution} wave={wave} /> },
  };
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={
            <>
              <StatusWords of={WAVE} name={wave.status} /> {wave.statusReason}
            </>
          }
          actions={<WaveButtons execution={execution} wave={wave} onAsk={onAsk} />}
        >
          {waveTitle(wave)}
        </Header>
      }
    >
      <Tabs
        ariaLabel={`What belongs to ${waveTitle(wave)}`}
        activeTabId={tab}
        onChange={({ detail }) => setTab(detail.activeTabId)}
        tabs={Object.entries(tabs).map(([id, { label, content }]) => ({
          id,
          label,
          content: id === tab ? content() : null,
        }))}
      />
    </Container>
  );
}

function WaveButtons({ execution, wave, onAsk }: WaveDetailProps) {
  const gate = openGateOf(execution, wave);
  return (
    <SpaceBetween direction="horizontal" size="xs">
      {wave.pauseBeforeWave && (
        <Permitted
          operation="resume_execution"
          unavailable={whyNotApprove(execution, wave)}
          ariaLabel={`Approve ${waveTitle(wave)}`}
          onClick={() => onAsk({ kind: "approve", wave, gate })}
        >
          Approve wave
        </Permitted>
      )}
      <Permitted
        operation="retry_wave"
        unavailable={whyNotRetry(execution, wave)}
        ariaLabel={`Retry ${waveTitle(wave)}`}
        onClick={() => onAsk({ kind: "retry", wave, gate })}
      >
        Retry wave
      </Permitted>
      <Permitted
        operation="skip_wave"
        unavailable={whyNotSkip(execution, wave)}
        ariaLabel={`Skip ${waveTitle(wave)}`}
        onClick={() => onAsk({ kind: "skip", wave, gate })}
      >
        Skip wave
      </Permitted>
    </SpaceBetween>
  );
}
