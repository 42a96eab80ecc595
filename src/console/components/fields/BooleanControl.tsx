/**
 * Yes, no, or no answer. A single checkbox could not distinguish "no" from a missing answer, so
 * both are separate choices; a required field has no third one.
 */
import { FieldError, Label, Radio, RadioGroup, Text } from "react-aria-components";
import { ErrorText, type FieldProps, hasHelp, HelpText, LabelText } from "./field-parts.tsx";

const BLANK = "none";

export function BooleanControl(props: FieldProps) {
  const { field, value, errors, isAnswered, onChange } = props;
  const isOpen = field.required && !isAnswered;
  const blank = { value: BLANK, label: isAnswered ? "Keep the earlier answer" : "No answer" };
  const choices = isOpen ? YES_OR_NO : [...YES_OR_NO, blank];
  return (
    <RadioGroup
      className="wo-field"
      data-type="boolean"
      value={chosen(value, isOpen)}
      onChange={(choice) => onChange(choice === BLANK ? null : choice === "true")}
      orientation="horizontal"
      isRequired={isOpen}
      isInvalid={errors.length > 0}
      validationBehavior="aria"
    >
      <Label className="wo-field-label">
        <LabelText field={field} />
      </Label>
      {hasHelp(props) && (
        <Text slot="description" className="wo-field-help">
          <HelpText {...props} />
        </Text>
      )}
      <div className="wo-choices" data-direction="row">
        {choices.map((choice) => (
          <Radio key={choice.value} value={choice.value} className="wo-choice">
            <span className="wo-dot" aria-hidden="true" />
            {choice.label}
          </Radio>
        ))}
      </div>
      <FieldError className="wo-field-error">
        <ErrorText errors={errors} />
      </FieldError>
    </RadioGroup>
  );
}

const YES_OR_NO = [
  { value: "true", label: "Yes" },
  { value: "false", label: "No" },
];

/** A known value that is neither yes nor no selects none of the choices. */
function chosen(value: FieldProps["value"], isOpen: boolean): string | null {
  if (typeof value === "boolean") return String(value);
  return value === null && !isOpen ? BLANK : null;
}
