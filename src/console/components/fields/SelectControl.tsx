/** One of some options. The browser's own select: it is at home on every phone and screen reader. */
import { useId } from "react";
import { ErrorText, type FieldProps, hasHelp, HelpText, LabelText } from "./field-parts.tsx";

export function SelectControl({ field, value, errors, onChange }: FieldProps) {
  const id = useId();
  const isInvalid = errors.length > 0;
  const describedBy = [
    ...(hasHelp(field) ? [`${id}-help`] : []),
    ...(isInvalid ? [`${id}-error`] : []),
  ].join(" ");
  return (
    <div className="wo-field" data-type="select" data-invalid={isInvalid ? "" : undefined}>
      <label className="wo-field-label" htmlFor={id}>
        <LabelText field={field} />
      </label>
      {hasHelp(field) && (
        <span className="wo-field-help" id={`${id}-help`}>
          <HelpText field={field} />
        </span>
      )}
      <div className="wo-field-control">
        <select
          id={id}
          className="wo-input"
          value={typeof value === "string" ? value : ""}
          onChange={(event) => onChange(event.target.value)}
          aria-required={field.required}
          aria-invalid={isInvalid}
          {...(describedBy === "" ? {} : { "aria-describedby": describedBy })}
          {...(field.sensitive ? { autoComplete: "off" } : {})}
        >
          <option value="">
            {field.placeholder ?? (field.required ? "Choose…" : "No choice")}
          </option>
          {field.options?.map((option) => (
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
