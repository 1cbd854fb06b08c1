import AppLayoutToolbar from "@cloudscape-design/components/app-layout-toolbar";
import Flashbar from "@cloudscape-design/components/flashbar";
import { lazy, Suspense, useCallback, useState } from "react";
import { Outlet, useMatches } from "react-router";
import { useSession } from "@/auth/session-context";
import { useIdle } from "@/auth/use-idle";
import { Loading } from "@/components/loading";
import { Breadcrumbs } from "./breadcrumbs";
import { Navigation } from "./navigation";
import { useMessages } from "./notifications";
import { useShell } from "./shell-context";
import { TopBar } from "./top-bar";
import { useNavigation } from "./use-navigation";

const IdleWarning = lazy(() => import("./idle-warning"));
const SignInAgain = lazy(() => import("./sign-in-again"));

/** What is around every page. */
export function Shell() {
  const { session, leave } = useSession();
  const { facts } = useShell();
  const messages = useMessages();
  const matches = useMatches();
  const navigation = useNavigation();
  const [isHelpOpen, setIsHelpOpen] = useState(false);
  const endIdle = useCallback(() => void leave("idle"), [leave]);
  const [idle, stay] = useIdle(true, endIdle);
  const path = matches.at(-1)?.pathname ?? "/";
  return (
    <>
      <a className="skip-link" href="#content">
        Skip to the page
      </a>
      <div id="top-bar">
        <TopBar />
      </div>
      <AppLayoutToolbar
        headerSelector="#top-bar"
        {...navigation}
        navigation={<Navigation path={path} />}
        breadcrumbs={<Breadcrumbs />}
        notifications={<Flashbar items={messages} stackItems />}
        tools={facts.help}
        toolsHide={facts.help === undefined}
        toolsOpen={isHelpOpen && facts.help !== undefined}
        onToolsChange={({ detail }) => setIsHelpOpen(detail.open)}
        content={
          <div id="content" tabIndex={-1}>
            <Suspense fallback={<Loading />}>
              <Outlet />
            </Suspense>
          </div>
        }
      />
      <Suspense fallback={null}>
        {session.kind === "interrupted" && <SignInAgain user={session.user} />}
        {idle.kind === "warned" && <IdleWarning endsAt={idle.endsAt} onStay={stay} />}
      </Suspense>
    </>
  );
}
