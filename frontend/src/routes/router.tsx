import { useState, useSyncExternalStore } from "react";
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

type Router = ReturnType<typeof createBrowserRouter>;

/** The router of the browser while a component is there: once it is gone, what was still loading changes no address. */
export function useRouter(): Router | undefined {
  const [life] = useState(routerLife);
  return useSyncExternalStore(life.begin, life.current);
}

/** A router that is made when somebody comes and disposed of when they leave, as often as they do. */
function routerLife() {
  let router: Router | undefined;
  return {
    current: () => router,
    begin: (changed: () => void) => {
      router = createBrowserRouter(routeObjects());
      changed();
      return () => {
        router?.dispose();
        router = undefined;
      };
    },
  };
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
