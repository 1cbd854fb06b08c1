/** The one place that reads and shows time: ISO 8601 in UTC comes in, the reader's own zone goes out. */

const LOCALE = "en-GB";

/** An instant of the API; undefined for text that is none. */
export function instantOf(text: string | undefined): Date | undefined {
  if (text === undefined || text === "") return undefined;
  const found = new Date(text);
  return Number.isNaN(found.getTime()) ? undefined : found;
}

/** The zone of the reader, as the browser knows it. */
export function localZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Year first, with the zone: `2026-01-29 10:30:00 GMT+1`. */
export function localTime(at: Date, zone: string = localZone()): string {
  return `${dayAndTime(at, zone)} ${zoneName(at, zone)}`;
}

/** The same instant in UTC: `2026-01-29 09:30:00 UTC`. */
export function utcTime(at: Date): string {
  return `${dayAndTime(at, "UTC")} UTC`;
}

/** How long: `2 d 3 h`, `1 h 5 min`, `4 min 10 s`, `12 s`; the two largest units. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const units: readonly (readonly [string, number])[] = [
    ["d", Math.floor(whole / 86_400)],
    ["h", Math.floor(whole / 3600) % 24],
    ["min", Math.floor(whole / 60) % 60],
    ["s", whole % 60],
  ];
  const first = units.findIndex(([, count]) => count > 0);
  if (first === -1) return "0 s";
  return units
    .slice(first, first + 2)
    .filter(([, count]) => count > 0)
    .map(([unit, count]) => `${count} ${unit}`)
    .join(" ");
}

/** How long ago: `12 s ago`; what is to come is `in 12 s`. */
export function ago(at: Date, now: Date): string {
  const seconds = (now.getTime() - at.getTime()) / 1000;
  return seconds < 0 ? `in ${duration(-seconds)}` : `${duration(seconds)} ago`;
}

/** The seconds of an ISO 8601 duration such as `PT1M30S`; undefined for text that is none. */
export function secondsOf(text: string | undefined): number | undefined {
  const found = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/.exec(text ?? "");
  if (found === null || (text ?? "").length < 3) return undefined;
  const [days, hours, minutes, seconds] = found.slice(1).map((part: string | undefined) => Number(part ?? 0));
  return (days ?? 0) * 86_400 + (hours ?? 0) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0);
}

function dayAndTime(at: Date, zone: string): string {
  const parts = new Map<string, string>(
    new Intl.DateTimeFormat(LOCALE, {
      timeZone: zone,
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      hourCycle: "h23",
    })
      .formatToParts(at)
      .map(({ type, value }) => [type, value] as const),
  );
  const part = (name: string): string => parts.get(name) ?? "";
  return `${part("year")}-${part("month")}-${part("day")} ${part("hour")}:${part("minute")}:${part("second")}`;
}

function zoneName(at: Date, zone: string): string {
  const parts = new Intl.DateTimeFormat(LOCALE, { timeZone: zone, timeZoneName: "short" }).formatToParts(at);
  return parts.find(({ type }) => type === "timeZoneName")?.value ?? zone;
}
