import type { Input } from "@/api/types";
import { MAPPED, type Mapped, type MappingTexts, textsOf } from "./mappings";

type Thing = Readonly<Record<string, unknown>>;

/** A document as it was chosen or pasted: what it holds, or why it cannot be read. */
export interface ReadDocument {
  /** What is sent. */
  readonly document: NonNullable<Input<"import_configuration">["body"]>["document"];
  readonly groups: readonly Thing[];
  readonly plans: readonly Thing[];
  /** From where and when it is, in words. */
  readonly origin: string;
  /** Whether there is another one that belongs after it. */
  readonly isPart: boolean;
  /** The mappings that lie in it. */
  readonly mappings: MappingTexts | undefined;
}

/** What a request to import has beside the document. */
const OPTIONS: ReadonlySet<string> = new Set(["mappings", "dryRun", "onConflict", "clientToken"]);

/** Reads a document; an Error says in words why it is none. */
export function readDocument(text: string): ReadDocument {
  const whole = parsed(text);
  const inner = isThing(whole.document) ? whole.document : whole;
  const document = Object.fromEntries(Object.entries(inner).filter(([name]) => !OPTIONS.has(name)));
  const groups = thingsOf(document.protectionGroups);
  const plans = thingsOf(document.recoveryPlans);
  if (groups.length === 0 && plans.length === 0) {
    throw new Error("It has neither protectionGroups nor recoveryPlans: is it an exported configuration?");
  }
  const mappings = whole.mappings ?? inner.mappings;
  return {
    document,
    groups,
    plans,
    origin: originOf(document),
    isPart: typeof document.nextToken === "string",
    mappings: mappings === undefined ? undefined : textsOf(mappings),
  };
}

/** Mappings that came as a document of their own. */
export function readMappings(text: string): MappingTexts {
  const whole = parsed(text);
  const found = isThing(whole.mappings) ? whole.mappings : whole;
  if (!MAPPED.some((kind) => isThing(found[kind]))) throw new Error(`It has none of ${MAPPED.join(", ")}.`);
  return textsOf(found);
}

/** Everything in a document that may be called otherwise elsewhere. */
export function identifiersOf({ groups, plans }: ReadDocument): Readonly<Record<Mapped, readonly string[]>> {
  const found = Object.fromEntries(MAPPED.map((kind) => [kind, new Set<string>()])) as Record<Mapped, Set<string>>;
  for (const group of groups) {
    // A group that names no account is the hub's, unless it is mapped by its name.
    const account = group.accountId ?? group.groupName;
    if (typeof account === "string") found.accounts.add(account);
  }
  walk(groups, (name, value) => {
    if (name === "sourceServerId" || name === "sourceServerIds") found.servers.add(value);
    if (name === "subnetId") found.subnets.add(value);
    if (name === "securityGroupIds") found.securityGroups.add(value);
  });
  const names = new Set(groups.map(({ groupName }) => groupName));
  walk(plans, (name, value) => {
    const isGroup = name === "protectionGroupIds" || name === "protectionGroupId" || name === "protectionGroupNames";
    if (isGroup && !names.has(value)) found.groups.add(value);
    if (name === "optionalServerIds") found.servers.add(value);
  });
  return Object.fromEntries(MAPPED.map((kind) => [kind, [...found[kind]]])) as Record<Mapped, string[]>;
}

/** In which accounts and regions the groups of a document will be, in words, each once. */
export function placesOf({ groups }: ReadDocument, accounts: Readonly<Record<string, string>>): readonly string[] {
  const places = groups.map((group) => {
    const [named, own] = [textOf(group.groupName), textOf(group.accountId)];
    const account = accounts[named] ?? accounts[own] ?? (own === "" ? "the hub's account" : own);
    return `${account} ${textOf(group.region)}`.trim();
  });
  return [...new Set(places)].sort();
}

function parsed(text: string): Thing {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch (error) {
    throw new Error(`It is no JSON: ${error instanceof Error ? error.message : "nobody knows why"}`, { cause: error });
  }
  if (!isThing(found)) throw new Error("It is JSON, but no document: it does not begin with {");
  return found;
}

function originOf(document: Thing): string {
  const parts = [
    ["schema version", document.schemaVersion],
    ["of account", document.sourceAccount],
    ["in", document.sourceRegion],
  ];
  return parts
    .filter(([, value]) => typeof value === "string")
    .map(([word, value]) => `${String(word)} ${textOf(value)}`)
    .join(" ");
}

function walk(found: unknown, meet: (name: string, value: string) => void, name = ""): void {
  if (typeof found === "string") meet(name, found);
  else if (Array.isArray(found)) for (const each of found) walk(each, meet, name);
  else if (isThing(found)) for (const [inner, value] of Object.entries(found)) walk(value, meet, inner);
}

function thingsOf(found: unknown): readonly Thing[] {
  return Array.isArray(found) ? found.filter(isThing) : [];
}

function isThing(found: unknown): found is Thing {
  return typeof found === "object" && found !== null && !Array.isArray(found);
}

function textOf(found: unknown): string {
  return typeof found === "string" ? found : "";
}
