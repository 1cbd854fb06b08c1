import type { Model } from "@/api/types";

/** What of a document is called otherwise where it is imported. */
export const MAPPED = ["groups", "accounts", "servers", "subnets", "securityGroups"] as const;

export type Mapped = (typeof MAPPED)[number];

/** The mappings as they are typed: of each kind a line `old = new` for each. */
export type MappingTexts = Readonly<Record<Mapped, string>>;

export const NO_TEXTS: MappingTexts = { groups: "", accounts: "", servers: "", subnets: "", securityGroups: "" };

export interface ReadMappings {
  readonly mappings: Required<Model<"Mappings">>;
  readonly faults: Readonly<Partial<Record<Mapped, string>>>;
}

/** What the lines mean; a line without a new value maps nothing. */
export function mappingsOf(texts: MappingTexts): ReadMappings {
  const read = MAPPED.map((kind) => [kind, pairsOf(texts[kind])] as const);
  return {
    mappings: Object.fromEntries(read.map(([kind, { pairs }]) => [kind, pairs])) as Required<Model<"Mappings">>,
    faults: Object.fromEntries(read.flatMap(([kind, { fault }]) => (fault === undefined ? [] : [[kind, fault]]))),
  };
}

/** The lines of mappings that came as a document; what is none is left out. */
export function textsOf(mappings: unknown): MappingTexts {
  return Object.fromEntries(MAPPED.map((kind) => [kind, linesOf(partOf(mappings, kind))])) as unknown as MappingTexts;
}

/** The lines with one more for each identifier that has none yet, its new value still to be typed. */
export function withLinesFor(text: string, identifiers: readonly string[]): string {
  const known = new Set(text.split("\n").map((line) => oldOf(line)));
  const missing = identifiers.filter((identifier) => !known.has(identifier)).map((identifier) => `${identifier} = `);
  return [...text.split("\n").filter((line) => line.trim() !== ""), ...missing].join("\n");
}

function pairsOf(text: string): { pairs: Record<string, string>; fault?: string } {
  const pairs: Record<string, string> = {};
  for (const [position, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const found = separated(line);
    if (found === undefined) return { pairs, fault: `Line ${position + 1} is not of the form: old = new` };
    const [old, replacement] = found;
    if (replacement === "") continue;
    if (old in pairs) return { pairs, fault: `Line ${position + 1} maps ${old} a second time` };
    pairs[old] = replacement;
  }
  return { pairs };
}

function separated(line: string): [string, string] | undefined {
  const at = Math.max(line.lastIndexOf("="), line.lastIndexOf("\t"));
  const old = line.slice(0, Math.max(at, 0)).trim();
  return old === "" ? undefined : [old, line.slice(at + 1).trim()];
}

function oldOf(line: string): string {
  return separated(line)?.[0] ?? line.trim();
}

function linesOf(pairs: unknown): string {
  if (typeof pairs !== "object" || pairs === null) return "";
  return Object.entries(pairs)
    .filter((pair): pair is [string, string] => typeof pair[1] === "string")
    .map(([old, replacement]) => `${old} = ${replacement}`)
    .join("\n");
}

function partOf(found: unknown, name: string): unknown {
  return typeof found === "object" && found !== null ? (found as Record<string, unknown>)[name] : undefined;
}
