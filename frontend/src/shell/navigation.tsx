import SideNavigation, { type SideNavigationProps } from "@cloudscape-design/components/side-navigation";
import { useNavigate } from "react-router";
import { ROUTES } from "@/routes/route-table";

const ITEMS: SideNavigationProps.Item[] = ROUTES.flatMap(({ navigation, path }) =>
  navigation === undefined ? [] : [{ type: "link" as const, text: navigation, href: path }],
);

/** The pages that are always one step away. */
export function Navigation({ path }: { readonly path: string }) {
  const navigate = useNavigate();
  const active = ITEMS.map((item) => ("href" in item ? item.href : "")).filter((href) => isWithin(path, href));
  return (
    <SideNavigation
      items={ITEMS}
      activeHref={active.at(-1) ?? ""}
      onFollow={(event) => {
        if (event.detail.external === true) return;
        event.preventDefault();
        void navigate(event.detail.href);
      }}
    />
  );
}

function isWithin(path: string, href: string): boolean {
  return href === "/" ? path === "/" : path === href || path.startsWith(`${href}/`);
}
