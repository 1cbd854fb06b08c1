import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";
import HelpPanel from "@cloudscape-design/components/help-panel";
import { type ReactNode, useEffect } from "react";
import { useShell } from "@/shell/shell-context";

interface PageProps {
  readonly title: ReactNode;
  /** What is open, by its own name: the last breadcrumb and the window's title. */
  readonly name?: string;
  readonly description?: ReactNode;
  readonly actions?: ReactNode;
  /** Plain sentences for the help panel. */
  readonly help?: readonly string[];
  readonly children: ReactNode;
}

/** A page with its heading, its actions and its help. */
export function Page({ title, name, description, actions, help, children }: PageProps) {
  const { setFacts } = useShell();
  const told = help?.join("\n");
  useEffect(() => {
    setFacts({ name, help: told === undefined ? undefined : <Help text={told} /> });
  }, [name, told, setFacts]);
  return (
    <ContentLayout
      header={
        <Header variant="h1" description={description} actions={actions}>
          {title}
        </Header>
      }
    >
      {children}
    </ContentLayout>
  );
}

function Help({ text }: { readonly text: string }) {
  return (
    <HelpPanel header={<h2>Help</h2>}>
      {text.split("\n").map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
    </HelpPanel>
  );
}
