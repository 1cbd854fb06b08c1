import { useSyncExternalStore } from "react";

/** How a person wants to see the console; kept in this browser. */
export interface Preferences {
  readonly theme: "light" | "dark" | "system";
  readonly density: "comfortable" | "compact";
}

const STORED = "drs-orchestration.preferences";
const DEFAULTS: Preferences = { theme: "system", density: "comfortable" };
const DARK = "(prefers-color-scheme: dark)";

const listeners = new Set<() => void>();
let known: Preferences | undefined;

/** The preferences of this browser. */
export function preferences(): Preferences {
  known ??= readStored();
  return known;
}

/** Changes some of them, which shows at once. */
export function setPreferences(change: Partial<Preferences>): void {
  known = { ...preferences(), ...change };
  localStorage.setItem(STORED, JSON.stringify(known));
  applyPreferences();
  for (const listener of listeners) listener();
}

/** The preferences, kept up to date. */
export function usePreferences(): Preferences {
  return useSyncExternalStore(subscribe, preferences);
}

/** Gives the document the classes that Cloudscape's styles, and ours, look for. */
export function applyPreferences(): void {
  const { theme, density } = preferences();
  const isDark = theme === "dark" || (theme === "system" && matchMedia(DARK).matches);
  document.body.classList.toggle("awsui-dark-mode", isDark);
  document.body.classList.toggle("awsui-compact-mode", density === "compact");
  document.documentElement.style.colorScheme = isDark ? "dark" : "light";
}

/** Applies them now, and again when the system goes dark or light. */
export function followPreferences(): void {
  applyPreferences();
  matchMedia(DARK).addEventListener("change", applyPreferences);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function readStored(): Preferences {
  try {
    const found = JSON.parse(localStorage.getItem(STORED) ?? "{}") as Partial<Preferences>;
    const theme = found.theme === "light" || found.theme === "dark" ? found.theme : DEFAULTS.theme;
    return { theme, density: found.density === "compact" ? "compact" : DEFAULTS.density };
  } catch {
    return DEFAULTS;
  }
}
