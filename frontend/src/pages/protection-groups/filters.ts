import type { PropertyFilterProps } from "@cloudscape-design/components/property-filter";
import type { Model } from "@/api/types";

type Group = Model<"ProtectionGroup">;
type Query = PropertyFilterProps.Query;
type Token = PropertyFilterProps.Token;

const TEXT = [":", "!:", "=", "!=", "^"] as const;

/** What groups may be filtered by. */
export const FILTERING_PROPERTIES: readonly PropertyFilterProps.FilteringProperty[] = [
  { key: "groupName", propertyLabel: "Name", groupValuesLabel: "Names", operators: [...TEXT] },
  { key: "description", propertyLabel: "Description", groupValuesLabel: "Descriptions", operators: [...TEXT] },
  { key: "owner", propertyLabel: "Owner", groupValuesLabel: "Owners", operators: [...TEXT] },
  { key: "accountId", propertyLabel: "Account", groupValuesLabel: "Accounts", operators: [...TEXT] },
  { key: "region", propertyLabel: "Region", groupValuesLabel: "Regions", operators: [...TEXT] },
  { key: "selection", propertyLabel: "Servers chosen", groupValuesLabel: "Ways", operators: ["=", "!="] },
  { key: "server", propertyLabel: "Server id", groupValuesLabel: "Servers", operators: [":", "="] },
  { key: "tag", propertyLabel: "Tag", groupValuesLabel: "Tags", operators: [":", "="] },
];

export const FILTERING_OPTIONS: readonly PropertyFilterProps.FilteringOption[] = [
  { propertyKey: "selection", value: "by list" },
  { propertyKey: "selection", value: "by tags" },
];

export const NO_FILTER: Query = { tokens: [], operation: "and" };

/** The beginning of names, if that is all that is asked: the API itself then filters, and pages. */
export function namePrefixOf(query: Query): string | undefined {
  const [token, ...others] = query.tokens;
  if (token === undefined) return "";
  const isPrefix = token.propertyKey === "groupName" && token.operator === "^";
  return isPrefix && others.length === 0 ? String(token.value) : undefined;
}

/** Whether a group is one of those that are asked for. */
export function matches(group: Group, query: Query): boolean {
  const holds = (token: Token): boolean => holdsOf(valuesOf(group, token.propertyKey), token);
  return query.operation === "and" ? query.tokens.every(holds) : query.tokens.some(holds);
}

function valuesOf(group: Group, key: string | undefined): readonly string[] {
  const tags = Object.entries(group.serverSelectionTags).map(([name, value]) => `${name} = ${value}`);
  switch (key) {
    case "groupName":
    case "description":
    case "owner":
    case "accountId":
    case "region":
      return [group[key]];
    case "selection":
      return [tags.length > 0 ? "by tags" : "by list"];
    case "server":
      return group.sourceServerIds;
    case "tag":
      return tags;
    default:
      return [group.groupName, group.description, group.owner, group.accountId, group.region, ...tags];
  }
}

function holdsOf(values: readonly string[], { operator, value }: Token): boolean {
  const sought = String(value).toLowerCase();
  const found = values.map((each) => each.toLowerCase());
  switch (operator) {
    case "=":
      return found.includes(sought);
    case "!=":
      return !found.includes(sought);
    case "!:":
      return !found.some((each) => each.includes(sought));
    case "^":
      return found.some((each) => each.startsWith(sought));
    default:
      return found.some((each) => each.includes(sought));
  }
}
