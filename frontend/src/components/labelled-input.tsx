import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";

interface LabelledInputProps {
  readonly label: string;
  readonly value: string;
  /** What is wrong with it, if anything is. */
  readonly errorText: string | undefined;
  readonly onChange: (value: string) => void;
  readonly description?: string;
  readonly placeholder?: string;
  readonly isOptional?: boolean;
  readonly isDisabled?: boolean;
}

/** A line of text with its label and what is wrong with it. No browser offers what others have typed there. */
export function LabelledInput(props: LabelledInputProps) {
  const { label, value, errorText, onChange, description, placeholder, isOptional = false, isDisabled } = props;
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
      <Input
        value={value}
        placeholder={placeholder}
        disabled={isDisabled}
        autoComplete={false}
        spellcheck={false}
        onChange={({ detail }) => onChange(detail.value)}
      />
    </FormField>
  );
}
