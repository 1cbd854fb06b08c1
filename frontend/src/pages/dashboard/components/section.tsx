import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";
import { ErrorNotice } from "@/components/error-notice";
import { Freshness } from "@/components/freshness";

interface SectionProps {
  readonly title: string;
  readonly description?: ReactNode;
  /** What is read: "The executions". */
  readonly what: string;
  readonly isLoading: boolean;
  readonly error: Error | null;
  readonly readAt: number;
  readonly onRefresh: () => void;
  readonly children: ReactNode;
}

/** A part of the dashboard, with its age and, if it could not be read, why. */
export function Section(props: SectionProps) {
  const { title, description, what, isLoading, error, readAt, onRefresh, children } = props;
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={description}
          actions={<Freshness readAt={readAt} error={error} onRefresh={onRefresh} />}
        >
          {title}
        </Header>
      }
    >
      <SpaceBetween size="s">
        <ErrorNotice what={`${what} could not be read`} error={error} onRetry={onRefresh} />
        {isLoading ? <Box color="text-status-inactive">{what} are being read…</Box> : children}
      </SpaceBetween>
    </Container>
  );
}
