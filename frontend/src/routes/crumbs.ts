import { ROUTES, type Route } from "./route-table";

export interface Crumb {
  readonly text: string;
  readonly href: string;
}

/** The way from the dashboard to a page; `name` is what the page itself is called once that is known. */
export function crumbsOf(
  route: Route,
  parameters: Readonly<Record<string, string | undefined>>,
  name?: string,
): Crumb[] {
  const crumb: Crumb = { text: name ?? route.title, href: filled(route.path, parameters) };
  if (route.path === "/") return [crumb];
  const above = ROUTES.find(({ path }) => path === (route.above ?? "/"));
  return above === undefined ? [crumb] : [...crumbsOf(above, parameters), crumb];
}

function filled(path: string, parameters: Readonly<Record<string, string | undefined>>): string {
  return path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(parameters[name] ?? ""));
}
