import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Textarea from "@cloudscape-design/components/textarea";

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
  readonly isFocused?: boolean;
}

/** A text with its label and what is wrong with it. */
export function TextField(props: TextFieldProps) {
  const { label, value, errorText, onChange, description, placeholder, isOptional = false } = props;
  const shared = {
    value,
    placeholder,
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
        <Input
          {...shared}
          autoComplete={false}
          inputMode={props.isNumber === true ? "numeric" : "text"}
          autoFocus={props.isFocused}
        />
      )}
    </FormField>
  );
}
