import {
  Controls,
  type Edge,
  Handle,
  type Node,
  type NodeProps,
  Position,
  ReactFlow,
  useReactFlow,
} from "@xyflow/react";
import { useMemo } from "react";
import { useIsNarrow } from "@/components/use-is-narrow";
import { StatusWords } from "@/components/status";
import { arrowsOf } from "@/components/wave-graph/layout";
import { statusOf, WAVE } from "@/text/statuses";
import { dependencyWords, type Execution, layersOf, type Wave, waveTitle } from "../waves";
import type { WaveViewProps } from "./wave-view";
import "@xyflow/react/dist/style.css";
import "./wave-graph.css";

interface WaveData extends Record<string, unknown> {
  readonly wave: Wave;
  readonly isSelected: boolean;
  readonly isUpright: boolean;
  readonly onSelect: (waveNumber: number) => void;
}

type WaveNode = Node<WaveData, "wave">;

const WIDTH = 220;
const HEIGHT = 96;
const GAP = 48;
const NODE_TYPES = { wave: WaveShape };
/** What is further away cannot be read; the rest is reached by moving. */
const SMALLEST = 0.6;
const LAYERS_SEEN = 4;

/** The waves and what each waits for. Every wave is a button, in the order in which they may begin. */
export default function WaveGraph({ execution, selected, onSelect }: WaveViewProps) {
  const isUpright = useIsNarrow();
  const places = useMemo(() => placesOf(execution.waves, isUpright), [execution.waves, isUpright]);
  const nodes: WaveNode[] = execution.waves.map((wave) => ({
    id: String(wave.waveNumber),
    type: "wave",
    position: places.get(wave.waveNumber) ?? { x: 0, y: 0 },
    width: WIDTH,
    height: HEIGHT,
    // The graph takes the pointer from nodes that can be neither moved nor chosen.
    style: { pointerEvents: "all" },
    data: { wave, isSelected: wave.waveNumber === selected, isUpright, onSelect },
  }));
  const edges = useMemo(() => edgesOf(execution), [execution]);
  return (
    <div className="execution-graph" style={isUpright ? undefined : { height: heightFor(places) }}>
      <ReactFlow
        key={isUpright ? "upright" : "flat"}
        aria-label="Waves as a graph; the same is under List"
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        fitView
        fitViewOptions={{ nodes: nodesAround(execution.waves, selected), minZoom: SMALLEST, maxZoom: 1, padding: 0.1 }}
        minZoom={0.15}
        maxZoom={1.5}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        zoomOnScroll={false}
        preventScrolling={false}
        onlyRenderVisibleElements={false}
        proOptions={{ hideAttribution: true }}
      >
        <Controls showInteractive={false} aria-label="Size of the graph" />
      </ReactFlow>
    </div>
  );
}

function WaveShape({ data, positionAbsoluteX, positionAbsoluteY }: NodeProps<WaveNode>) {
  const flow = useReactFlow();
  const { wave, isSelected, isUpright, onSelect } = data;
  const { type } = statusOf(WAVE, wave.status);
  return (
    <>
      <Handle type="target" position={isUpright ? Position.Top : Position.Left} isConnectable={false} />
      <button
        type="button"
        className={`wave-node is-${type} nodrag nopan`}
        aria-pressed={isSelected}
        onClick={() => onSelect(wave.waveNumber)}
        onFocus={({ currentTarget }) => {
          // Who comes by keyboard must see where they are.
          if (!currentTarget.matches(":focus-visible")) return;
          void flow.setCenter(positionAbsoluteX + WIDTH / 2, positionAbsoluteY + HEIGHT / 2, { zoom: flow.getZoom() });
        }}
      >
        <strong>{waveTitle(wave)}</strong>
        <StatusWords of={WAVE} name={wave.status} />
        <small>
          {wave.launchedCount} of {wave.serverCount} servers launched
          <span className="only-heard">
            , {wave.failedCount} failed, {dependencyWords(wave)}
          </span>
        </small>
      </button>
      <Handle type="source" position={isUpright ? Position.Bottom : Position.Right} isConnectable={false} />
    </>
  );
}

function placesOf(waves: readonly Wave[], isUpright: boolean): ReadonlyMap<number, { x: number; y: number }> {
  const layers = layersOf(waves);
  const counts = new Map<number, number>();
  return new Map(
    waves.map(({ waveNumber }) => {
      const layer = layers.get(waveNumber) ?? 0;
      const beside = counts.get(layer) ?? 0;
      counts.set(layer, beside + 1);
      const [along, across] = isUpright ? [HEIGHT + GAP, WIDTH + GAP / 2] : [WIDTH + GAP, HEIGHT + GAP / 2];
      const place = { x: layer * along, y: beside * across };
      return [waveNumber, isUpright ? { x: place.y, y: place.x } : place];
    }),
  );
}

/** What is seen first: all, or of a plan that is too long for that what is around the wave that is looked at. */
function nodesAround(waves: readonly Wave[], selected: number | undefined): { id: string }[] {
  const layers = layersOf(waves);
  const centre = Math.max(layers.get(selected ?? 0) ?? 0, LAYERS_SEEN / 2);
  const isLong = Math.max(0, ...layers.values()) >= LAYERS_SEEN;
  const seen = isLong
    ? waves.filter(({ waveNumber }) => Math.abs((layers.get(waveNumber) ?? 0) - centre) <= LAYERS_SEEN / 2)
    : waves;
  return seen.map(({ waveNumber }) => ({ id: String(waveNumber) }));
}

/** As high as the widest layer needs, within what a screen has. */
function heightFor(places: ReadonlyMap<number, { y: number }>): number {
  const lowest = Math.max(0, ...[...places.values()].map(({ y }) => y));
  return Math.min(420, Math.max(220, lowest + HEIGHT + 2 * GAP));
}

function edgesOf(execution: Execution): Edge[] {
  return arrowsOf(execution.waves).map(({ from, to }) => ({
    id: `${from}-${to}`,
    source: String(from),
    target: String(to),
    focusable: false,
  }));
}
