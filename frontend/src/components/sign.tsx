import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import type { ReactNode } from "react";

interface SignProps {
  readonly type: StatusIndicatorProps.Type;
  readonly children: ReactNode;
}

/** Words with the sign and the colour of what they mean; other than Cloudscape's own they break between words. */
export function Sign({ type, children }: SignProps) {
  return (
    <StatusIndicator type={type}>
      <span className="words">{children}</span>
    </StatusIndicator>
  );
}
