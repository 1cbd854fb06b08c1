import type { Input, Model } from "@/api/types";
import { EXECUTION, EXECUTION_TYPE } from "@/text/statuses";
import { instantOf } from "@/text/time";

/** Which executions are wanted; kept in the address, so that a view can be passed on and browser back works. */
export interface Filters {
  readonly planId?: string;
  readonly status?: Model<"ExecutionStatus">;
  readonly type?: Model<"ExecutionType">;
  /** Instants, as ISO 8601. */
  readonly from?: string;
  readonly until?: string;
}

const NAMES = ["planId", "status", "type", "from", "until"] as const;

/** The filters of an address; what is none is left out. */
export function filtersOf(search: URLSearchParams): Filters {
  const said = (name: (typeof NAMES)[number]): string | undefined => search.get(name) ?? undefined;
  const instant = (text: string | undefined): string | undefined => instantOf(text)?.toISOString();
  return {
    planId: said("planId"),
    status: oneOf(EXECUTION, said("status")),
    type: oneOf(EXECUTION_TYPE, said("type")),
    from: instant(said("from")),
    until: instant(said("until")),
  };
}

/** What the address says of the filters. */
export function searchOf(filters: Filters): Record<string, string> {
  const said = NAMES.map((name) => [name, filters[name] ?? ""] as const);
  return Object.fromEntries(said.filter(([, value]) => value !== ""));
}

/** The filters as the API takes them. */
export function queryOf({
  planId,
  status,
  type,
  from,
  until,
}: Filters): NonNullable<Input<"list_executions">["query"]> {
  return { limit: 50, planId, status, executionType: type, startedAfter: from, startedBefore: until };
}

function oneOf<Name extends string>(known: Readonly<Record<Name, unknown>>, said: string | undefined) {
  return said !== undefined && Object.hasOwn(known, said) ? (said as Name) : undefined;
}
