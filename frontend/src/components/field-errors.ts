import { ApiError } from "@/api/errors";

/** Why the API refused a field, or a part of it; nothing if it did not. */
export type ReasonFor = (field: string) => string | undefined;

/** The reasons of an error for the fields below a path, such as `launchConfig`. */
export function reasonsBelow(error: unknown, path = ""): ReasonFor {
  const fields = error instanceof ApiError ? error.fields : [];
  const prefix = path === "" ? "" : `${path}.`;
  return (name) => {
    const sought = prefix + name;
    const found = fields.filter(({ field }) => field === sought || isBelow(field, sought));
    return found.length === 0 ? undefined : found.map(({ reason }) => reason).join("; ");
  };
}

/** Whether the API refused anything below one of the paths. */
export function isRefusedBelow(error: unknown, paths: readonly string[]): boolean {
  const fields = error instanceof ApiError ? error.fields : [];
  return fields.some(({ field }) => paths.some((path) => field === path || isBelow(field, path)));
}

function isBelow(field: string, path: string): boolean {
  return field.startsWith(`${path}.`) || field.startsWith(`${path}[`);
}
