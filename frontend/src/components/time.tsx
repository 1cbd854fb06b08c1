import { instantOf, localTime, utcTime } from "@/text/time";

/** An instant in the reader's zone; UTC when it is pointed at. */
export function Time({ at, missing = "-" }: { readonly at: string | undefined; readonly missing?: string }) {
  const instant = instantOf(at);
  if (instant === undefined) return <>{missing}</>;
  return (
    <time dateTime={instant.toISOString()} title={utcTime(instant)}>
      {localTime(instant)}
    </time>
  );
}
