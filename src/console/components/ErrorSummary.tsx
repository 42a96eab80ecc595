/**
 * All errors of a form, at its top, with a link to each field. After a refused submit it takes the
 * focus, so that it is read out and the next Tab leads to the first field.
 */
import { useEffect, useId, useRef } from "react";
import type { Diagnostic } from "#model/diagnostic.ts";
import type { Field } from "./api-types.ts";
import { sortErrors } from "./form-errors.ts";
import { Mark } from "./Mark.tsx";

export interface ErrorSummaryProps {
  fields: readonly Field[];
  errors: readonly Diagnostic[];
  /** Whether it takes the focus when it appears. */
  takesFocus: boolean;
  onVisit(key: string): void;
}

export function ErrorSummary({ fields, errors, takesFocus, onVisit }: ErrorSummaryProps) {
  const id = useId();
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (takesFocus) ref.current?.focus();
  }, [takesFocus]);
  const { byField, others } = sortErrors(fields, errors);
  const title = errors.length === 1 ? "There is 1 error" : `There are ${errors.length} errors`;
  return (
    <div className="wo-summary" role="group" aria-labelledby={id} tabIndex={-1} ref={ref}>
      <p className="wo-summary-title" id={id}>
        <Mark name="error" />
        {title}
      </p>
      <ul>
        {[...byField].flatMap(([key, found]) =>
          found.map(({ message }) => (
            <li key={`${key} ${message}`}>
              <button type="button" className="wo-link" onClick={() => onVisit(key)}>
                {message}
              </button>
            </li>
          )),
        )}
        {others.map(({ pointer, message }) => (
          <li key={`${pointer} ${message}`}>{message}</li>
        ))}
      </ul>
    </div>
  );
}
