/** By these the things of a list are known; a list of others is one value. */
const IDS = ["sourceServerId", "waveNumber", "key"] as const;

type Fields = Readonly<Record<string, unknown>>;

/**
 * What was typed upon an older version, put upon a newer one: what this person left alone is as the other one saved it,
 * field by field, and thing by thing in lists whose things have ids. Where both changed the same, this person's holds.
 */
export function rebased<Draft>(mine: Draft, older: Draft, newer: Draft): Draft {
  return merged(mine, older, newer) as Draft;
}

function merged(mine: unknown, older: unknown, newer: unknown): unknown {
  if (isSame(mine, older)) return newer;
  if (isSame(newer, older)) return mine;
  if (isFields(mine) && isFields(older) && isFields(newer)) return mergedFields(mine, older, newer);
  if (Array.isArray(mine) && Array.isArray(older) && Array.isArray(newer)) return mergedList(mine, older, newer);
  return mine;
}

function mergedFields(mine: Fields, older: Fields, newer: Fields): Fields {
  const names = [...new Set([...Object.keys(newer), ...Object.keys(mine)])];
  const fields = names.map((name) => [name, merged(mine[name], older[name], newer[name])] as const);
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined));
}

function mergedList(mine: unknown[], older: unknown[], newer: unknown[]): unknown[] {
  const all = [...mine, ...older, ...newer];
  const idOf = idIn(all);
  if (idOf === undefined) return mine;
  const [byMine, byOlder, byNewer] = [mine, older, newer].map(
    (list) => new Map(list.map((each) => [idOf(each), each])),
  );
  const ids = [...new Set([...newer, ...mine].map(idOf))];
  const found = ids.map((id) => merged(byMine?.get(id), byOlder?.get(id), byNewer?.get(id)));
  return found.filter((each) => each !== undefined);
}

/** How the things of a list are told apart; nothing if they cannot be. */
function idIn(things: readonly unknown[]): ((thing: unknown) => unknown) | undefined {
  if (things.every((thing) => typeof thing === "string" || typeof thing === "number")) return (thing) => thing;
  const id = IDS.find((name) => things.every((thing) => isFields(thing) && name in thing));
  return id === undefined ? undefined : (thing) => (thing as Fields)[id];
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
