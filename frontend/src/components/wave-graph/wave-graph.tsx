import { lazy, Suspense } from "react";
import { Loading } from "../loading";
import type { WaveGraphProps } from "./graph-canvas";

const GraphCanvas = lazy(() => import("./graph-canvas"));

/** Waves as a graph, each after what it waits for; the library that draws it is loaded with the first one. */
export function WaveGraph(props: WaveGraphProps) {
  return (
    <Suspense fallback={<Loading />}>
      <GraphCanvas {...props} />
    </Suspense>
  );
}

export type { WaveGraphProps };
