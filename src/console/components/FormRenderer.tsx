/**
 * A form rendered from the fields of a wait. Owns the typed values, the check before sending and
 * the focus; the caller sends, and the service makes the final check.
 *
 * The prefill is read once: set the component's `key` to the wait's number, so that the next form
 * starts fresh.
 */
import { type ComponentProps, type FormEvent, useEffect, useRef, useState } from "react";
import type { Diagnostic } from "#model/diagnostic.ts";
import type { JsonObject } from "#model/json.ts";
import { classNames } from "./class-names.ts";
import type { Field } from "./api-types.ts";
import { Button } from "./Button.tsx";
import { checkInputs, loadCheck } from "./check-inputs.ts";
import { ErrorSummary } from "./ErrorSummary.tsx";
import { FieldControl } from "./fields/FieldControl.tsx";
import { RemovalControl } from "./fields/RemovalControl.tsx";
import { isAbout, sortErrors } from "./form-errors.ts";
import { SendingStatus } from "./SendingStatus.tsx";
import { initialValues, type RawValue, type RawValues, toInputs } from "./form-values.ts";

export interface FormRendererProps extends Omit<
  ComponentProps<"form">,
  "children" | "onSubmit" | "noValidate"
> {
  fields: readonly Field[];
  prefill?: JsonObject | undefined;
  /** Keys of fields with an answer that is not shown: `answered_before` of the wait. */
  answeredBefore?: readonly string[] | undefined;
  /** The errors of the service; a field's error points to `/inputs/<key>`. */
  errors?: readonly Diagnostic[] | undefined;
  isSubmitting?: boolean | undefined;
  submitLabel?: string;
  /** Answers that have passed the check, in the types of the fields: numbers, booleans, lists. */
  onSubmit(inputs: JsonObject): void;
}

export function FormRenderer({
  fields,
  prefill = NOTHING,
  answeredBefore = NO_KEYS,
  errors = NONE,
  isSubmitting = false,
  submitLabel = "Submit",
  onSubmit,
  className,
  ...rest
}: FormRendererProps) {
  const { shown, refusals, show, forget } = useShownErrors(errors, isSubmitting);
  const { initial, values, removed, change, remove } = useAnswers(
    () => initialValues(fields, prefill, answeredBefore),
    forget,
  );
  const form = useRef<HTMLFormElement>(null);
  const isChecking = useRef(false);
  useEffect(() => void loadCheck(), []);

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (isSubmitting || isChecking.current) return;
    isChecking.current = true;
    const filled = withUnreadableDates(values, form.current);
    const inputs = toInputs(fields, filled, initial, removed);
    const found = await checkInputs(fields, inputs, { prefill, answeredBefore });
    isChecking.current = false;
    show(found);
    if (found.length === 0) onSubmit(inputs);
  }

  const { byField } = sortErrors(fields, shown);
  return (
    <form
      {...rest}
      ref={form}
      className={classNames("wo-form", className)}
      noValidate
      aria-busy={isSubmitting}
      onSubmit={(event) => void submit(event)}
    >
      {shown.length > 0 && (
        <ErrorSummary
          key={refusals}
          fields={fields}
          errors={shown}
          takesFocus={refusals > 0}
          onVisit={(key) => focusField(form.current, key)}
        />
      )}
      {fields.map((field) => (
        <FormField
          key={field.key}
          field={field}
          value={values.get(field.key) ?? null}
          errors={byField.get(field.key) ?? NONE}
          isAnswered={answeredBefore.includes(field.key)}
          isRemoved={removed.has(field.key)}
          onChange={change}
          onRemove={remove}
        />
      ))}
      <div className="wo-actions">
        <Button type="submit" kind="primary" isPending={isSubmitting}>
          {isSubmitting ? "Sending…" : submitLabel}
        </Button>
        <SendingStatus isSending={isSubmitting} />
      </div>
    </form>
  );
}

interface FormFieldProps extends Omit<ComponentProps<typeof FieldControl>, "onChange"> {
  isAnswered: boolean;
  isRemoved: boolean;
  onChange(key: string, value: RawValue): void;
  onRemove(key: string, isRemoved: boolean): void;
}

/** One field; an optional one with a hidden answer can have that answer removed. */
function FormField({ isRemoved, onChange, onRemove, ...control }: FormFieldProps) {
  const { field, isAnswered } = control;
  return (
    <div data-key={field.key}>
      <FieldControl {...control} onChange={(value) => onChange(field.key, value)} />
      {!field.required && isAnswered && (
        <RemovalControl
          field={field}
          isRemoved={isRemoved}
          onChange={(isOn) => onRemove(field.key, isOn)}
        />
      )}
    </div>
  );
}

const NONE: readonly Diagnostic[] = [];
const NO_KEYS: readonly string[] = [];
const NOTHING: JsonObject = {};

/**
 * What has been typed, and which earlier answers are to be removed. `onChange`: called with the key
 * of each field that changes.
 */
function useAnswers(read: () => RawValues, onChange: (key: string) => void) {
  const [initial] = useState(read);
  const [values, setValues] = useState(initial);
  const [removed, setRemoved] = useState<ReadonlySet<string>>(new Set());

  function change(key: string, value: RawValue): void {
    setValues((before) => new Map(before).set(key, value));
    setRemoved((before) => without(before, key));
    onChange(key);
  }

  /** Clears the typed text too: an answer is either entered or removed. */
  function remove(key: string, isRemoved: boolean): void {
    change(key, initial.get(key) ?? null);
    if (isRemoved) setRemoved((before) => new Set(before).add(key));
  }

  return { initial, values, removed, change, remove };
}

function without(keys: ReadonlySet<string>, key: string): ReadonlySet<string> {
  return new Set([...keys].filter((one) => one !== key));
}

/**
 * The visible errors: those of the last check or response, without those of fields that were
 * changed since. After a submit the focus goes to their summary.
 */
function useShownErrors(given: readonly Diagnostic[], isSubmitting: boolean) {
  const [shown, setShown] = useState(given);
  const [seen, setSeen] = useState(given);
  const [sent, setSent] = useState({ isSubmitting, given });
  const [wasSubmitted, setWasSubmitted] = useState(false);
  const [refusals, setRefusals] = useState(0);
  // The same errors in a new list matter only as the response to a submit: a parent that renders
  // again passes a new list too.
  const isAnswer = sent.isSubmitting && !isSubmitting && given !== sent.given;
  if (sent.isSubmitting !== isSubmitting) setSent({ isSubmitting, given });
  if (isAnswer || (given !== seen && JSON.stringify(given) !== JSON.stringify(seen))) {
    setSeen(given);
    setShown(given);
    if (wasSubmitted) setRefusals(refusals + 1);
  }
  return {
    shown,
    /** How often a submit was refused. */
    refusals,
    /** The outcome of a submit. */
    show(found: readonly Diagnostic[]): void {
      setWasSubmitted(true);
      setShown(found);
      if (found.length > 0) setRefusals(refusals + 1);
    },
    forget(key: string): void {
      setShown((before) => before.filter((error) => !isAbout(key, error)));
    },
  };
}

/** A half-typed date reads as empty; it has to be refused, not omitted. */
function withUnreadableDates(values: RawValues, form: HTMLFormElement | null): RawValues {
  const result = new Map(values);
  for (const input of form?.querySelectorAll<HTMLInputElement>("input[type=date]") ?? []) {
    const key = input.closest<HTMLElement>("[data-key]")?.dataset["key"];
    if (key !== undefined && input.validity.badInput) result.set(key, "incomplete");
  }
  return result;
}

function focusField(form: HTMLFormElement | null, key: string): void {
  const places = form?.querySelectorAll<HTMLElement>("[data-key]") ?? [];
  const place = Array.from(places).find((one) => one.dataset["key"] === key);
  place?.querySelector<HTMLElement>("input, select, textarea")?.focus();
}
