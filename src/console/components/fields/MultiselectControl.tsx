/** Any of some options. */
import { Checkbox, CheckboxGroup, FieldError, Label, Text } from "react-aria-components";
import { CheckBox } from "./CheckBox.tsx";
import { ErrorText, type FieldProps, hasHelp, HelpText, LabelText } from "./field-parts.tsx";

export function MultiselectControl({ field, value, errors, onChange }: FieldProps) {
  return (
    <CheckboxGroup
      className="wo-field"
      data-type="multiselect"
      value={Array.isArray(value) ? value : []}
      onChange={onChange}
      isRequired={field.required}
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
      <div className="wo-choices">
        {field.options?.map((option) => (
          <Checkbox key={option.value} value={option.value} className="wo-choice">
            <CheckBox />
            {option.label}
          </Checkbox>
        ))}
      </div>
      <FieldError className="wo-field-error">
        <ErrorText errors={errors} />
      </FieldError>
    </CheckboxGroup>
  );
}
