import FormField from "@cloudscape-design/components/form-field";
import Input, { type InputProps } from "@cloudscape-design/components/input";
import Textarea from "@cloudscape-design/components/textarea";
import { useEffect, useRef } from "react";

interface TextFieldProps {
  readonly label: string;
  readonly value: string;
  readonly errorText: string | undefined;
  readonly onChange: (value: string) => void;
  readonly description?: string;
  readonly placeholder?: string;
  readonly isOptional?: boolean;
  readonly isNumber?: boolean;
  /** Several lines. */
  readonly isLong?: boolean;
  /** Whether it has the focus when it appears. */
  readonly isFocused?: boolean;
  readonly isDisabled?: boolean;
  /** An id or a secret: no dictionary knows it, and the browser sends it to none. */
  readonly isCode?: boolean;
}

/** A text with its label and what is wrong with it. No browser offers what others have typed there. */
export function TextField(props: TextFieldProps) {
  const { label, value, errorText, onChange, description, placeholder, isOptional = false } = props;
  const input = useRef<InputProps.Ref>(null);
  const isFocused = props.isFocused ?? false;
  useEffect(() => {
    if (isFocused) input.current?.focus();
    // Only when it appears: afterwards the focus is where the person is.
    // eslint-disable-next-line react-hooks/exhaustive-deps -- see above
  }, []);
  const shared = {
    value,
    placeholder,
    disabled: props.isDisabled,
    spellcheck: props.isCode === true ? false : undefined,
    onChange: ({ detail }: { detail: { value: string } }) => onChange(detail.value),
  };
  return (
    <FormField
      stretch
      label={
        isOptional ? (
          <>
            {label} <i>- optional</i>
          </>
        ) : (
          label
        )
      }
      description={description}
      errorText={errorText}
    >
      {props.isLong === true ? (
        <Textarea {...shared} rows={3} />
      ) : (
        <Input {...shared} autoComplete={false} inputMode={props.isNumber === true ? "numeric" : "text"} ref={input} />
      )}
    </FormField>
  );
}
