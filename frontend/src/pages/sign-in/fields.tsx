import { useId } from "react";

interface FieldProps {
  readonly name: string;
  readonly label: string;
  readonly type?: "text" | "password";
  readonly autoComplete: string;
  readonly hint?: string;
  readonly value?: string;
  readonly onChange?: (value: string) => void;
  readonly isFirst?: boolean;
  readonly isCode?: boolean;
}

/** A labelled input of the sign-in form, which comes before the components of the console are loaded. */
export function Field({ name, label, type = "text", hint, onChange, isFirst, isCode, ...rest }: FieldProps) {
  const id = useId();
  return (
    <div className="sign-in-field">
      <label htmlFor={id}>{label}</label>
      {hint !== undefined && (
        <p className="sign-in-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      <input
        {...rest}
        id={id}
        name={name}
        type={type}
        required
        // The page has one purpose, and after each step the next field is it.
        ref={isFirst === true ? focus : undefined}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        inputMode={isCode === true ? "numeric" : undefined}
        autoCapitalize="none"
        spellCheck={false}
        onChange={(event) => onChange?.(event.target.value)}
      />
    </div>
  );
}

function focus(input: HTMLInputElement | null): void {
  input?.focus();
}
