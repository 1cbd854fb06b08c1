import { createContext, type ReactNode, useContext, useMemo, useState } from "react";

/** What the page that is open tells the shell around it. */
export interface PageFacts {
  /** What is open, by its own name: the last breadcrumb. */
  readonly name?: string;
  readonly help?: ReactNode;
}

interface ShellState {
  readonly facts: PageFacts;
  readonly setFacts: (facts: PageFacts) => void;
}

const ShellContext = createContext<ShellState>({ facts: {}, setFacts: () => undefined });

/** Joins a page and the shell around it. */
export function ShellProvider({ children }: { readonly children: ReactNode }) {
  const [facts, setFacts] = useState<PageFacts>({});
  const value = useMemo(() => ({ facts, setFacts }), [facts]);
  return <ShellContext.Provider value={value}>{children}</ShellContext.Provider>;
}

/** What the open page says, and how it says it. */
export function useShell(): ShellState {
  return useContext(ShellContext);
}
