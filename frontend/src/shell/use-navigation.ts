import type { AppLayoutProps } from "@cloudscape-design/components/app-layout";
import { useState } from "react";
import { useMedia } from "@/components/use-media";

/** Where Cloudscape has the navigation cover the page. */
const COVERING = "(max-width: 688px)";

/**
 * Whether the side navigation is open: on a wide window unless a person closed it there, on a narrow one if a person
 * opened it. Cloudscape closes it by itself as soon as a window is narrow, if only for a moment, and does not open it again.
 */
export function useNavigation(): Required<Pick<AppLayoutProps, "navigationOpen" | "onNavigationChange">> {
  const [isOpen, setIsOpen] = useState({ wide: true, narrow: false });
  const isCovering = useMedia(COVERING);
  return {
    navigationOpen: isCovering ? isOpen.narrow : isOpen.wide,
    onNavigationChange: ({ detail }) => {
      // As it is now: Cloudscape closes the navigation before this is rendered for the width that the window has.
      const width = matchMedia(COVERING).matches ? "narrow" : "wide";
      setIsOpen((known) => ({ ...known, [width]: detail.open }));
    },
  };
}
