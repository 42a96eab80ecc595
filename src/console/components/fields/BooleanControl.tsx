/**
 * Yes or no. A question that must be answered is asked with two choices and none taken, since an
 * unticked box cannot be told from an answer that nobody gave. An optional one is a checkbox.
 */
import { useId } from "react";
import { Checkbox, FieldError, Label, Radio, RadioGroup, Text } from "react-aria-components";
import { CheckBox } from "./CheckBox.tsx";
import {
  ErrorText,
  type FieldProps,
  hasHelp,
  HelpText,
  labelOf,
  LabelText,
} from "./field-parts.tsx";

export function BooleanControl(props: FieldProps) {
  return props.field.required ? <YesOrNo {...props} /> : <SingleCheckbox {...props} />;
}

function YesOrNo({ field, value, errors, onChange }: FieldProps) {
  return (
    <RadioGroup
      className="wo-field"
      data-type="boolean"
      value={typeof value === "boolean" ? String(value) : null}
      onChange={(chosen) => onChange(chosen === "true")}
      orientation="horizontal"
      isRequired
      isInvalid={errors.length > 0}
      validationBehavior="aria"
    >
      <Label className="wo-field-label">
        <LabelText field={field} />
      </Label>
      {hasHelp(field) && (
        <Text slot="description" className="wo-field-help">
          <HelpText field={field} />
        </Text>
      )}
      <div className="wo-choices" data-direction="row">
        {["true", "false"].map((choice) => (
          <Radio key={choice} value={choice} className="wo-choice">
            <span className="wo-dot" aria-hidden="true" />
            {choice === "true" ? "Yes" : "No"}
          </Radio>
        ))}
      </div>
      <FieldError className="wo-field-error">
        <ErrorText errors={errors} />
      </FieldError>
    </RadioGroup>
  );
}

function SingleCheckbox({ field, value, errors, onChange }: FieldProps) {
  const id = useId();
  const isInvalid = errors.length > 0;
  const describedBy = [
    ...(hasHelp(field) ? [`${id}-help`] : []),
    ...(isInvalid ? [`${id}-error`] : []),
  ].join(" ");
  return (
    <div className="wo-field" data-type="boolean" data-invalid={isInvalid ? "" : undefined}>
      <Checkbox
        className="wo-choice"
        isSelected={value === true}
        onChange={onChange}
        isInvalid={isInvalid}
        validationBehavior="aria"
        {...(describedBy === "" ? {} : { "aria-describedby": describedBy })}
      >
        <CheckBox />
        {labelOf(field)}
      </Checkbox>
      {hasHelp(field) && (
        <span className="wo-field-help" id={`${id}-help`}>
          <HelpText field={field} />
        </span>
      )}
      {isInvalid && (
        <span className="wo-field-error" id={`${id}-error`}>
          <ErrorText errors={errors} />
        </span>
      )}
    </div>
  );
}
