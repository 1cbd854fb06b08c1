import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useState } from "react";
import type { OperationName } from "@/api/types";
import { Permitted } from "@/permissions/permitted";
import { ErrorNotice } from "./error-notice";

interface ConfirmDialogProps {
  /** What it will do, as a question: "Terminate 6 recovery instances?" */
  readonly question: string;
  readonly operation: OperationName;
  /** What the button says: the verb, with how many: "Terminate 6 instances". */
  readonly verb: string;
  /** To what, how many, and where: the accounts and regions by name. */
  readonly children: ReactNode;
  /** What must be typed first, where a mistake is dear: the name of the plan. */
  readonly typed?: string;
  /** What is still to be done in the dialog before it can be confirmed. */
  readonly unavailable?: string | undefined;
  readonly isBusy: boolean;
  readonly error: unknown;
  readonly onConfirm: () => void;
  readonly onDismiss: () => void;
}

/** Asks once more before something dangerous. It is rendered only while it is open, so it forgets what was typed. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { question, operation, verb, children, typed, unavailable, isBusy, error, onConfirm, onDismiss } = props;
  const [text, setText] = useState("");
  const isTyped = typed === undefined || text === typed;
  return (
    <Modal
      visible
      header={question}
      onDismiss={onDismiss}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button onClick={onDismiss}>Leave it</Button>
            <Permitted
              operation={operation}
              variant="primary"
              loading={isBusy}
              unavailable={isTyped ? unavailable : "Type the name first."}
              onClick={onConfirm}
            >
              {verb}
            </Permitted>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <Alert type="warning">{children}</Alert>
        {typed !== undefined && (
          <FormField label={`Type ${typed} to confirm`}>
            <Input value={text} autoComplete={false} onChange={({ detail }) => setText(detail.value)} />
          </FormField>
        )}
        <ErrorNotice what="It was not done" error={error} />
      </SpaceBetween>
    </Modal>
  );
}
