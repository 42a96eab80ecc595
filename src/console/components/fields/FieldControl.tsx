import type { FieldProps } from "./field-parts.tsx";
import { BooleanControl } from "./BooleanControl.tsx";
import { MultiselectControl } from "./MultiselectControl.tsx";
import { SelectControl } from "./SelectControl.tsx";
import { TextControl } from "./TextControl.tsx";

/** The control for a field of any type. */
export function FieldControl(props: FieldProps) {
  const { field } = props;
  switch (field.type) {
    case "boolean":
      return <BooleanControl {...props} />;
    case "select":
      return <SelectControl {...props} />;
    case "multiselect":
      return <MultiselectControl {...props} />;
    case "string":
    case "text":
    case "number":
    case "integer":
    case "date":
    case "email":
    case "url":
      return <TextControl {...props} field={{ ...field, type: field.type }} />;
  }
}
