import type { FlashbarProps } from "@cloudscape-design/components/flashbar";
import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from "react";
import { ApiError } from "@/api/errors";
import { adviceOn } from "@/text/advice";

/** What happened, for the person: verbs, not setters. */
export interface Notifications {
  readonly succeeded: (sentence: string) => void;
  readonly failed: (what: string, error: unknown, retry?: () => void) => void;
  readonly inProgress: (id: string, sentence: string) => void;
  readonly done: (id: string) => void;
}

type Message = FlashbarProps.MessageDefinition;

const NotificationsContext = createContext<Notifications | undefined>(undefined);
const MessagesContext = createContext<readonly Message[]>([]);
const MOST = 5;

/** Keeps what happened until the person dismisses it. */
export function NotificationsProvider({ children }: { readonly children: ReactNode }) {
  const [messages, setMessages] = useState<readonly Message[]>([]);
  const dismiss = useCallback((id: string) => {
    setMessages((known) => known.filter((message) => message.id !== id));
  }, []);
  const show = useCallback(
    (message: Message, id: string = crypto.randomUUID()) => {
      const shown: Message = {
        dismissible: true,
        dismissLabel: "Dismiss",
        onDismiss: () => dismiss(id),
        ...message,
        id,
      };
      setMessages((known) => [shown, ...known.filter((other) => other.id !== id)].slice(0, MOST));
    },
    [dismiss],
  );
  const verbs = useMemo<Notifications>(
    () => ({
      succeeded: (sentence) => show({ type: "success", content: sentence }),
      failed: (what, error, retry) =>
        show({
          type: "error",
          header: what,
          content: <ErrorWords error={error} />,
          buttonText: retry === undefined ? undefined : "Try again",
          onButtonClick: retry,
        }),
      inProgress: (id, sentence) => show({ type: "in-progress", loading: true, content: sentence }, id),
      done: dismiss,
    }),
    [show, dismiss],
  );
  return (
    <NotificationsContext.Provider value={verbs}>
      <MessagesContext.Provider value={messages}>{children}</MessagesContext.Provider>
    </NotificationsContext.Provider>
  );
}

/** The verbs. */
export function useNotifications(): Notifications {
  const found = useContext(NotificationsContext);
  if (found === undefined) throw new Error("no NotificationsProvider is above");
  return found;
}

/** What is to be shown now, newest first. */
export function useMessages(): readonly Message[] {
  return useContext(MessagesContext);
}

/** An error in words: its sentence, what to do, the fields that broke a rule, and the id that finds the call in the logs. */
export function ErrorWords({ error }: { readonly error: unknown }) {
  const sentence = error instanceof Error ? error.message : "Nobody knows why.";
  const fields = error instanceof ApiError ? error.fields : [];
  const advice = adviceOn(error);
  return (
    <>
      <div>{sentence}</div>
      {advice !== undefined && <div>{advice}</div>}
      {fields.length > 1 && (
        <ul>
          {fields.map(({ field, reason }, position) => (
            <li key={position}>
              {field}: {reason}
            </li>
          ))}
        </ul>
      )}
      {error instanceof ApiError && error.requestId !== "" && <small>Request {error.requestId}</small>}
    </>
  );
}
