/** Any of several options. */
import { Checkbox, CheckboxGroup, FieldError, Label, Text } from "react-aria-components";
import { CheckBox } from "./CheckBox.tsx";
import {
  ErrorText,
  type FieldProps,
  hasHelp,
  HelpText,
  LabelText,
  withStrays,
} from "./field-parts.tsx";

export function MultiselectControl(props: FieldProps) {
  const { field, value, errors, isAnswered, onChange } = props;
  const ticked = Array.isArray(value) ? value : [];
  return (
    <CheckboxGroup
      className="wo-field"
      data-type="multiselect"
      value={ticked}
      onChange={onChange}
      isRequired={field.required && !isAnswered}
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
      <div className="wo-choices">
        {withStrays(field, ticked).map((option) => (
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
