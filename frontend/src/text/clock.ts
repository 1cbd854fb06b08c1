/**
 * What time it is for the API. In AWS that is the time of this machine; a local system lives faster, and tells by its
 * configuration how much. Sessions and polling keep to the time of this machine.
 */
interface Clock {
  readonly scale: number;
  /** Milliseconds since 1970 on this machine when the two were the same, and in the API. */
  readonly wallOrigin: number;
  readonly engineOrigin: number;
}

let clock: Clock = { scale: 1, wallOrigin: 0, engineOrigin: 0 };

/** The present time of the API. */
export function engineNow(): Date {
  return new Date(clock.engineOrigin + (Date.now() - clock.wallOrigin) * clock.scale);
}

/** Takes the clock that a local system describes; without one time passes as it does here. */
export function followClock(description: string | undefined): void {
  if (description === undefined) return;
  const said = JSON.parse(description) as { scale: number; wallOrigin: number; engineOrigin: string };
  clock = {
    scale: said.scale,
    wallOrigin: said.wallOrigin * 1000,
    engineOrigin: new Date(said.engineOrigin).getTime(),
  };
}
