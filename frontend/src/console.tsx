import I18nProvider from "@cloudscape-design/components/i18n";
import messages from "@cloudscape-design/components/i18n/messages/all.en";
import { QueryClientProvider } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { RouterProvider } from "react-router";
import { ApiProvider } from "@/api/api-context";
import { createApiClient } from "@/api/client";
import { createQueryClient } from "@/api/use-operation";
import { idToken } from "@/auth/cognito";
import { useSession } from "@/auth/session-context";
import type { RuntimeConfig } from "@/configuration/runtime-config";
import { PermissionsProvider } from "@/permissions/permissions-context";
import { useRouter } from "@/routes/router";
import { AnnouncerProvider } from "@/shell/announcer";
import { NotificationsProvider } from "@/shell/notifications";
import { ShellProvider } from "@/shell/shell-context";

/** The console for somebody who is signed in; with the session goes everything that was read. */
export default function Console({ config }: { readonly config: RuntimeConfig }) {
  const { session, interrupted } = useSession();
  const [api] = useState(() => createApiClient(config.apiEndpoint, idToken, interrupted));
  const [memory] = useState(createQueryClient);
  const router = useRouter();
  const isInterrupted = session.kind === "interrupted";
  useEffect(() => {
    // What could not be read meanwhile is read once somebody is there again.
    return isInterrupted ? () => void memory.invalidateQueries() : undefined;
  }, [isInterrupted, memory]);
  return (
    <I18nProvider locale="en" messages={[messages]}>
      <ApiProvider value={api}>
        <QueryClientProvider client={memory}>
          <PermissionsProvider>
            <NotificationsProvider>
              <AnnouncerProvider>
                <ShellProvider>{router !== undefined && <RouterProvider router={router} />}</ShellProvider>
              </AnnouncerProvider>
            </NotificationsProvider>
          </PermissionsProvider>
        </QueryClientProvider>
      </ApiProvider>
    </I18nProvider>
  );
}
