import type { CollectionPreferencesProps } from "@cloudscape-design/components/collection-preferences";
import { useState } from "react";

export type TablePreferences = CollectionPreferencesProps.Preferences;

/** How a person wants to see a table, kept in this browser under the table's own name. */
export function useTablePreferences(table: string, defaults: TablePreferences) {
  const stored = `drs-orchestration.table.${table}`;
  const [preferences, setPreferences] = useState<TablePreferences>(() => ({ ...defaults, ...read(stored) }));
  const keep = (chosen: TablePreferences): void => {
    setPreferences(chosen);
    localStorage.setItem(stored, JSON.stringify(chosen));
  };
  return [preferences, keep] as const;
}

function read(stored: string): TablePreferences {
  try {
    return JSON.parse(localStorage.getItem(stored) ?? "{}") as TablePreferences;
  } catch {
    return {};
  }
}
