/**
 * One of several options. The browser's own select, which works well on every phone and with every
 * screen reader.
 */
import { useId } from "react";
import {
  ErrorText,
  type FieldProps,
  hasHelp,
  HelpText,
  LabelText,
  withStrays,
} from "./field-parts.tsx";

export function SelectControl(props: FieldProps) {
  const { field, value, errors, isAnswered, onChange } = props;
  const id = useId();
  const chosen = typeof value === "string" ? value : "";
  const isInvalid = errors.length > 0;
  const describedBy = [
    ...(hasHelp(props) ? [`${id}-help`] : []),
    ...(isInvalid ? [`${id}-error`] : []),
  ].join(" ");
  return (
    <div className="wo-field" data-type="select" data-invalid={isInvalid ? "" : undefined}>
      <label className="wo-field-label" htmlFor={id}>
        <LabelText field={field} />
      </label>
      {hasHelp(props) && (
        <span className="wo-field-help" id={`${id}-help`}>
          <HelpText {...props} />
        </span>
      )}
      <div className="wo-field-control">
        <select
          id={id}
          className="wo-input"
          value={chosen}
          onChange={(event) => onChange(event.target.value)}
          aria-required={field.required && !isAnswered}
          aria-invalid={isInvalid}
          {...(describedBy === "" ? {} : { "aria-describedby": describedBy })}
          {...(field.sensitive ? { autoComplete: "off" } : {})}
        >
          <option value="">{blankLabel(props)}</option>
          {withStrays(field, chosen === "" ? [] : [chosen]).map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      </div>
      {isInvalid && (
        <span className="wo-field-error" id={`${id}-error`}>
          <ErrorText errors={errors} />
        </span>
      )}
    </div>
  );
}

/** The choice that leaves the field without an answer, or keeps its earlier one. */
function blankLabel({ field, isAnswered }: FieldProps): string {
  if (isAnswered) return "Keep the earlier answer";
  if (!field.required) return "No answer";
  return field.placeholder ?? "Choose…";
}
