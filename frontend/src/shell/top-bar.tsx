import TopNavigation, { type TopNavigationProps } from "@cloudscape-design/components/top-navigation";
import { useNavigate } from "react-router";
import { useSession } from "@/auth/session-context";
import { usePermissions } from "@/permissions/permissions-context";
import { type Preferences, setPreferences, usePreferences } from "@/preferences/preferences";

const THEMES: Readonly<Record<Preferences["theme"], string>> = {
  light: "Light",
  dark: "Dark",
  system: "As the system",
};
const DENSITIES: Readonly<Record<Preferences["density"], string>> = { comfortable: "Comfortable", compact: "Compact" };

/** Who is here, how it looks, and the way out. */
export function TopBar() {
  const { session, leave } = useSession();
  const { roles } = usePermissions();
  const shown = usePreferences();
  const navigate = useNavigate();
  const name = session.kind === "signedIn" || session.kind === "interrupted" ? session.user.name : "";
  const appearance: TopNavigationProps.Utility = {
    type: "menu-dropdown",
    iconName: "settings",
    ariaLabel: "Appearance",
    title: "Appearance",
    items: [
      { id: "theme", text: "Theme", items: choices("theme", THEMES, shown.theme) },
      { id: "density", text: "Density", items: choices("density", DENSITIES, shown.density) },
    ],
    onItemClick: ({ detail }) => choose(detail.id),
  };
  const person: TopNavigationProps.Utility = {
    type: "menu-dropdown",
    iconName: "user-profile",
    text: name,
    description: roles.length === 0 ? "No role" : roles.join(", "),
    items: [{ id: "sign-out", text: "Sign out" }],
    onItemClick: () => void leave("left"),
  };
  return (
    <TopNavigation
      identity={{
        href: "/",
        title: "DRS Orchestration",
        onFollow: (event) => {
          event.preventDefault();
          void navigate("/");
        },
      }}
      utilities={[appearance, person]}
    />
  );
}

function choices(name: string, texts: Readonly<Record<string, string>>, chosen: string) {
  return Object.entries(texts).map(([value, text]) => ({
    id: `${name}=${value}`,
    text,
    itemType: "checkbox" as const,
    checked: value === chosen,
  }));
}

function choose(id: string): void {
  const [name, value] = id.split("=");
  if (name === "theme" || name === "density") setPreferences({ [name]: value });
}
