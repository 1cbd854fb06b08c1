import { createBrowserRouter, type RouteObject } from "react-router";
import { Loading } from "@/components/loading";
import { Shell } from "@/shell/shell";
import { PageFailed } from "@/shell/page-failed";
import { RoutedPage } from "@/shell/routed-page";
import { ROUTES, type Route } from "./route-table";

/** The routes as react-router knows them: every page inside the shell, each with a failure of its own. */
export function routeObjects(): RouteObject[] {
  return [
    {
      Component: Shell,
      HydrateFallback: Loading,
      ErrorBoundary: PageFailed,
      children: ROUTES.map(routeObject),
    },
  ];
}

/** The router of the browser. */
export function createRouter() {
  return createBrowserRouter(routeObjects());
}

function routeObject(route: Route): RouteObject {
  return {
    path: route.path,
    handle: route,
    ErrorBoundary: PageFailed,
    lazy: async () => {
      const { default: Page } = await route.page();
      return { element: <RoutedPage needs={route.needs} Page={Page} /> };
    },
  };
}
