import type { Model } from "@/api/types";
import { BAND } from "@/text/statuses";
import { StatusWords } from "./status";

interface BandProps {
  readonly used: number | undefined;
  readonly limit: number;
  readonly band: Model<"Band"> | undefined;
}

/** How much of a quota is used, in numbers and words; what could not be read is said, never taken for nothing. */
export function Band({ used, limit, band }: BandProps) {
  return (
    <>
      {used ?? "unknown"} of {limit} {band === undefined ? "" : <StatusWords of={BAND} name={band} />}
    </>
  );
}
