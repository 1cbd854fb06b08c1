import { useMedia } from "./use-media";

/** Whether the window is as narrow as a phone, kept up to date. */
export function useIsNarrow(): boolean {
  return useMedia("(max-width: 600px)");
}
