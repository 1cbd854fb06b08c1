import { engineNow } from "@/text/clock";
import { ago, instantOf, utcTime } from "@/text/time";
import { useNow } from "./use-now";

/** How long ago something was, kept up to date; UTC when it is pointed at. */
export function Ago({ at }: { readonly at: string | undefined }) {
  useNow(10_000);
  const instant = instantOf(at);
  if (instant === undefined) return <>-</>;
  return (
    <time dateTime={instant.toISOString()} title={utcTime(instant)}>
      {ago(instant, engineNow())}
    </time>
  );
}
