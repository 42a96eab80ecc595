/** Fields for typed text: string, text, number, integer, date, email, url. */
import { useState } from "react";
import {
  FieldError,
  Input,
  type InputProps,
  Label,
  Text,
  TextArea,
  TextField,
} from "react-aria-components";
import type { Field } from "../api-types.ts";
import { Button } from "../Button.tsx";
import {
  ErrorText,
  type FieldProps,
  hasHelp,
  HelpText,
  labelOf,
  LabelText,
} from "./field-parts.tsx";

type TypedField = Field & {
  type: Exclude<Field["type"], "boolean" | "select" | "multiselect">;
};

export function TextControl(props: FieldProps & { field: TypedField }) {
  const { field, errors, isAnswered, onChange } = props;
  const value = typeof props.value === "string" ? props.value : "";
  const [isShown, setIsShown] = useState(false);
  const [isUnfit] = useState(() => cannotBeShown(field, value));
  const isHidden = field.sensitive === true && field.type !== "date";
  const usesArea = field.type === "text" || (field.type === "string" && isUnfit);
  const common = {
    ...(field.placeholder === undefined ? {} : { placeholder: field.placeholder }),
    ...(field.sensitive ? UNREMEMBERED : {}),
    "data-hidden": isHidden && !isShown ? "" : undefined,
  };
  return (
    <TextField
      className="wo-field"
      data-type={field.type}
      value={value}
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
      <div className="wo-field-control">
        {usesArea ? (
          <TextArea {...common} className="wo-input" rows={4} />
        ) : (
          <Input
            {...ATTRIBUTES[field.type]}
            {...keypadOf(field)}
            {...(isUnfit ? { type: "text" } : {})}
            {...common}
            {...(isHidden && !isShown ? { type: "password" } : {})}
            className="wo-input"
          />
        )}
        {isHidden && (
          <Button
            kind="quiet"
            aria-label={`${isShown ? "Hide" : "Show"} ${labelOf(field)}`}
            onClick={() => setIsShown(!isShown)}
          >
            {isShown ? "Hide" : "Show"}
          </Button>
        )}
      </div>
      <FieldError className="wo-field-error">
        <ErrorText errors={errors} />
      </FieldError>
    </TextField>
  );
}

/**
 * A single-line control drops line breaks, and a date control invalid dates: they would be lost
 * unnoticed.
 */
function cannotBeShown({ type }: TypedField, value: string): boolean {
  if (type === "string") return /[\r\n]/.test(value);
  return type === "date" && value !== "" && !/^\d{4}-\d{2}-\d{2}$/.test(value);
}

type Attributes = Pick<
  InputProps,
  "type" | "inputMode" | "autoComplete" | "autoCapitalize" | "spellCheck"
>;

/** Neither the browser nor a password manager may store the value. */
const UNREMEMBERED = {
  autoComplete: "off",
  spellCheck: false,
  "data-1p-ignore": "",
  "data-lpignore": "true",
} as const;

/**
 * Numbers use a text input: a number input changes with the mouse wheel, and hides the typed text
 * if it is not a number. E-mail likewise: an e-mail input rewrites names with umlauts.
 */
const ATTRIBUTES: Readonly<Record<TypedField["type"], Attributes>> = {
  string: { type: "text" },
  text: {},
  number: { type: "text", autoComplete: "off" },
  integer: { type: "text", autoComplete: "off" },
  date: { type: "date" },
  email: { type: "text", inputMode: "email", autoCapitalize: "none", spellCheck: false },
  url: { type: "text", inputMode: "url", autoCapitalize: "none", spellCheck: false },
};

/** The keypads for numbers have no minus on a phone. */
function keypadOf({ type, min }: TypedField): Attributes {
  const isNumber = type === "number" || type === "integer";
  if (!isNumber || min === undefined || min < 0) return {};
  return { inputMode: type === "integer" ? "numeric" : "decimal" };
}
