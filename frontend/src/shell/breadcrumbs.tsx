import BreadcrumbGroup from "@cloudscape-design/components/breadcrumb-group";
import { useEffect } from "react";
import { useMatches, useNavigate } from "react-router";
import { crumbsOf } from "@/routes/crumbs";
import type { Route } from "@/routes/route-table";
import { useShell } from "./shell-context";

const PRODUCT = "DRS Orchestration";

/** Where the person is, and the way back up; the window is called after it. */
export function Breadcrumbs() {
  const { facts } = useShell();
  const navigate = useNavigate();
  const match = useMatches().at(-1);
  const route = match?.handle as Route | undefined;
  const crumbs = route === undefined ? [] : crumbsOf(route, match?.params ?? {}, facts.name);
  const title = crumbs.at(-1)?.text;
  useEffect(() => {
    document.title = title === undefined ? PRODUCT : `${title} - ${PRODUCT}`;
  }, [title]);
  if (crumbs.length < 2) return null;
  return (
    <BreadcrumbGroup
      items={crumbs}
      onFollow={(event) => {
        event.preventDefault();
        void navigate(event.detail.href);
      }}
    />
  );
}
