import Button, { type ButtonProps } from "@cloudscape-design/components/button";
import type { OperationName } from "@/api/types";
import { usePermissions } from "./permissions-context";

export interface PermittedProps extends Omit<ButtonProps, "disabled" | "disabledReason"> {
  /** What the button does; who may not call it sees the button disabled, and why. */
  readonly operation: OperationName;
  /** Why the button cannot be used now, whoever asks; nothing if it can. */
  readonly unavailable?: string;
}

/** A button that everybody sees, and that says why if it cannot be used. */
export function Permitted({ operation, unavailable, ...button }: PermittedProps) {
  const reason = usePermissions().whyNot(operation) ?? unavailable;
  return (
    <Button
      {...button}
      disabled={reason !== undefined}
      disabledReason={reason}
      nativeButtonAttributes={{ "data-operation": operation }}
    />
  );
}
