import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { lazy, Suspense } from "react";
import { useSearchParams } from "react-router";
import { Loading } from "@/components/loading";
import { useIsNarrow } from "@/components/use-is-narrow";
import { count } from "@/text/amounts";
import type { Action } from "../actions";
import { type Execution, mostUrgentWave } from "../waves";
import { WaveDetail } from "./wave-detail";
import { WaveList } from "./wave-list";
import { WaveTimeline } from "./wave-timeline";

const WaveGraph = lazy(() => import("./wave-graph"));

const VIEWS = [
  { id: "graph", text: "Graph" },
  { id: "timeline", text: "Timeline" },
  { id: "list", text: "List" },
];

/** All waves, future ones too, and the one that is looked at. View and wave are part of the address. */
export function Waves({
  execution,
  onAsk,
}: {
  readonly execution: Execution;
  readonly onAsk: (action: Action) => void;
}) {
  const [search, setSearch] = useSearchParams();
  const isNarrow = useIsNarrow();
  const view = search.get("view") ?? (isNarrow ? "timeline" : "graph");
  const asked = search.get("wave");
  const wave =
    execution.waves.find(({ waveNumber }) => String(waveNumber) === asked) ?? mostUrgentWave(execution.waves);
  const choose = (change: Record<string, string>): void => {
    setSearch((known) => ({ ...Object.fromEntries(known), ...change }), { replace: true, preventScrollReset: true });
  };
  const seen = {
    execution,
    selected: wave?.waveNumber,
    onSelect: (waveNumber: number) => choose({ wave: String(waveNumber) }),
  };
  return (
    <SpaceBetween size="l">
      <Container
        header={
          <Header
            variant="h2"
            description={`${count(execution.waves.length, "wave")}; choose one to see its servers.`}
            actions={
              <SegmentedControl
                label="How the waves are shown"
                selectedId={view}
                options={VIEWS}
                onChange={({ detail }) => choose({ view: detail.selectedId })}
              />
            }
          >
            Waves
          </Header>
        }
      >
        {view === "timeline" && <WaveTimeline {...seen} />}
        {view === "list" && <WaveList {...seen} />}
        {view === "graph" && (
          <Suspense fallback={<Loading />}>
            <WaveGraph {...seen} />
          </Suspense>
        )}
      </Container>
      {wave !== undefined && <WaveDetail key={wave.waveNumber} execution={execution} wave={wave} onAsk={onAsk} />}
    </SpaceBetween>
  );
}
