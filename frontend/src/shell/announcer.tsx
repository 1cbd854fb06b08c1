import { createContext, type ReactNode, useCallback, useContext, useState } from "react";

const AnnouncerContext = createContext<(sentence: string) => void>(() => undefined);

/** A live region: what is announced is read out by screen readers, and seen by nobody. */
export function AnnouncerProvider({ children }: { readonly children: ReactNode }) {
  const [said, setSaid] = useState<{ sentence: string; turn: number }>({ sentence: "", turn: 0 });
  const announce = useCallback((sentence: string) => {
    setSaid(({ turn }) => ({ sentence, turn: turn + 1 }));
  }, []);
  return (
    <AnnouncerContext.Provider value={announce}>
      {children}
      <div aria-live="polite" className="only-heard">
        <span key={said.turn}>{said.sentence}</span>
      </div>
    </AnnouncerContext.Provider>
  );
}

/** Has a sentence read out. */
export function useAnnounce(): (sentence: string) => void {
  return useContext(AnnouncerContext);
}
