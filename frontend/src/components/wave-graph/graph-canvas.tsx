import {
  Background,
  type Connection,
  Controls,
  type Edge,
  Handle,
  MarkerType,
  type Node,
  type NodeProps,
  Position,
  ReactFlow,
  useReactFlow,
  useStore,
  ReactFlowProvider,
} from "@xyflow/react";
import "@xyflow/react/dist/style.css";
import "./graph-canvas.css";
import { type ReactNode, useEffect, useMemo } from "react";
import { arrowsOf, type Arrow, type GraphWave, NODE_HEIGHT, NODE_WIDTH, placesOf } from "./layout";

export interface WaveGraphProps {
  readonly label: string;
  readonly waves: readonly GraphWave[];
  /** What is said below the name of a wave. */
  readonly wordsOf: (waveNumber: number) => ReactNode;
  readonly isWrong?: (waveNumber: number) => boolean;
  readonly selected?: number;
  readonly onSelect?: (waveNumber: number) => void;
  /** With these the graph can be edited by pointer: an arrow is drawn from one wave to another, or deleted. */
  readonly onConnect?: (from: number, to: number) => void;
  readonly onDisconnect?: (from: number, to: number) => void;
}

interface WaveData extends Record<string, unknown> {
  readonly wave: GraphWave;
  readonly words: ReactNode;
  readonly isWrong: boolean;
  readonly isSelected: boolean;
  readonly isEditable: boolean;
}

type WaveNode = Node<WaveData, "wave">;

const NODE_TYPES = { wave: DrawnWave };
const PRO_OPTIONS = { hideAttribution: true };

/** The graph, as it is drawn. Everything it can do is also done without it, so keyboards need not find their way in it. */
export default function GraphCanvas(props: WaveGraphProps) {
  return (
    <ReactFlowProvider>
      <div className="wave-graph" role="region" aria-label={props.label}>
        <Canvas {...props} />
      </div>
    </ReactFlowProvider>
  );
}

function Canvas(props: WaveGraphProps) {
  const { waves, onConnect, onDisconnect, onSelect } = props;
  const { nodes, edges } = useDrawn(props);
  const { fitView } = useReactFlow();
  const width = useStore((state) => state.width);
  const shape = waves.map(({ waveNumber, dependsOnWaves }) => `${waveNumber}:${dependsOnWaves.join()}`).join(";");
  useEffect(() => {
    void fitView({ maxZoom: 1, padding: 0.1 });
  }, [shape, width, fitView]);
  const select = (node: Node | undefined): void => {
    if (node !== undefined) onSelect?.(Number(node.id));
  };
  return (
    <ReactFlow
      nodes={nodes}
      edges={edges}
      nodeTypes={NODE_TYPES}
      fitView
      fitViewOptions={{ maxZoom: 1, padding: 0.1 }}
      minZoom={0.2}
      maxZoom={1.5}
      nodesDraggable={false}
      nodesConnectable={onConnect !== undefined}
      nodesFocusable={onSelect !== undefined}
      edgesFocusable={onDisconnect !== undefined}
      deleteKeyCode={onDisconnect === undefined ? null : ["Delete", "Backspace"]}
      preventScrolling={false}
      zoomOnScroll={false}
      proOptions={PRO_OPTIONS}
      onNodeClick={(_, node) => select(node)}
      onNodesChange={(changes) => {
        for (const change of changes) {
          if (change.type === "select" && change.selected) select({ id: change.id } as Node);
        }
      }}
      onConnect={({ source, target }: Connection) => onConnect?.(Number(source), Number(target))}
      onBeforeDelete={({ edges: deleted }) => {
        for (const { source, target } of deleted) onDisconnect?.(Number(source), Number(target));
        return Promise.resolve(false);
      }}
    >
      <Background />
      <Controls showInteractive={false} aria-label="Zoom" />
    </ReactFlow>
  );
}

function useDrawn({ waves, wordsOf, isWrong, selected, onSelect, onConnect, onDisconnect }: WaveGraphProps) {
  const arrows = useMemo(() => arrowsOf(waves), [waves]);
  const places = useMemo(() => placesOf(waves, arrows), [waves, arrows]);
  const nodes = waves.map((wave): WaveNode => ({
    id: String(wave.waveNumber),
    type: "wave",
    position: places.get(wave.waveNumber) ?? { x: 0, y: 0 },
    width: NODE_WIDTH,
    height: NODE_HEIGHT,
    selectable: onSelect !== undefined,
    deletable: false,
    ariaLabel: `Wave ${wave.waveNumber + 1}, ${wave.waveName}`,
    data: {
      wave,
      words: wordsOf(wave.waveNumber),
      isWrong: isWrong?.(wave.waveNumber) ?? false,
      isSelected: selected === wave.waveNumber,
      isEditable: onConnect !== undefined,
    },
  }));
  const edges = arrows.map((arrow) => drawnArrow(arrow, onDisconnect !== undefined));
  return { nodes, edges };
}

function drawnArrow({ from, to, isImplied }: Arrow, isEditable: boolean): Edge {
  return {
    id: `${from}-${to}`,
    source: String(from),
    target: String(to),
    markerEnd: { type: MarkerType.ArrowClosed },
    className: isImplied ? "wave-graph-implied" : "",
    selectable: isEditable && !isImplied,
    focusable: isEditable && !isImplied,
    deletable: isEditable && !isImplied,
    ariaLabel: `Wave ${to + 1} waits for wave ${from + 1}`,
  };
}

function DrawnWave({ data }: NodeProps<WaveNode>) {
  const { wave, words, isWrong, isSelected, isEditable } = data;
  const classes = ["wave-graph-node", isSelected ? "selected" : "", isWrong ? "wrong" : ""].join(" ");
  return (
    <div className={classes}>
      <Handle type="target" position={Position.Left} isConnectable={isEditable} />
      <strong>
        {wave.waveNumber + 1}. {wave.waveName}
      </strong>
      <span>{words}</span>
      <Handle type="source" position={Position.Right} isConnectable={isEditable} />
    </div>
  );
}
