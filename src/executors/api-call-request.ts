/**
 * What an api_call sends: the step's templates filled in from the context and the secrets. Pure.
 * Remembers where a secret went, so that it follows no redirect elsewhere: by what was looked up
 * while a part was filled in. Its text says less: white space and comments may hide a name in it.
 */
import type { Failed, Result } from "#model/result.ts";
import { lookupPath } from "#model/context.ts";
import type { Failure } from "#model/failure.ts";
import { type JsonObject, type JsonValue, ownProperty } from "#model/json.ts";
import { LIMITS } from "#model/limits.ts";
import { type ApiCallStep, SAFE_METHODS } from "#model/workflow.ts";
import { headerNameProblem } from "#security/request-headers.ts";
import { bodyEncodingOf, FORM_TYPE, renderBodyText, renderForm } from "#template/body-text.ts";
import {
  type PlaceholderFailure,
  type PlaceholderLookup,
  refuse,
} from "#template/placeholder-parts.ts";
import { renderHeader, renderJson, renderUrl } from "#template/placeholders.ts";
import { SECRET_PATH } from "#template/secret-names.ts";
import type { Attempt } from "./executor.ts";

/** Secret values by name, as they were put in. */
export type SecretValues = Readonly<Record<string, string>>;

interface RenderedCall {
  url: string;
  headers: Record<string, string>;
  body?: string;
  sensitiveHeaders: string[];
  sensitiveBody: boolean;
  /** The values of the secrets that the call carries; they must not be found in its output. */
  secretValues: string[];
}

/** Always ours, regardless of the step. */
const RESERVED: ReadonlySet<string> = new Set(["idempotency-key", "x-attempt", "traceparent"]);

/** Finds values for placeholders, and remembers the secrets among them. */
class Lookup {
  readonly #attempt: Attempt<ApiCallStep>;
  readonly #secrets: SecretValues;
  readonly #seen = new Set<string>();

  constructor(attempt: Attempt<ApiCallStep>, secrets: SecretValues) {
    this.#attempt = attempt;
    this.#secrets = secrets;
  }

  /** The values of the secrets that were looked up. */
  get secretValues(): string[] {
    return [...this.#seen];
  }

  /** What `render` makes, and whether it looked a secret up. */
  watch<T>(render: (lookup: PlaceholderLookup) => T): { rendered: T; isSecret: boolean } {
    let isSecret = false;
    const rendered = render((path) => {
      const name = SECRET_PATH.exec(path)?.[1];
      if (name === undefined) return lookupPath(this.#attempt.context, path);
      isSecret = true;
      const value = ownProperty(this.#secrets, name);
      if (typeof value !== "string") return undefined;
      this.#seen.add(value);
      return value;
    });
    return { rendered, isSecret };
  }
}

/** Fills in URL, headers and body; the first thing that is missing or wrong is the failure. */
export function renderCall(
  attempt: Attempt<ApiCallStep>,
  secrets: SecretValues,
  traceparent: string | null,
): Result<RenderedCall, Failure> {
  const { config } = attempt.step;
  const values = new Lookup(attempt, secrets);
  // A URL takes no secret, which its template says already.
  const { rendered: url } = values.watch((lookup) => renderUrl(config.url, lookup));
  if (!url.ok) return failed(url.error);
  const headers = renderHeaders(config.headers ?? {}, values);
  if (!headers.ok) return failed(headers.error);
  const { headers: written, sensitive } = headers.value;
  const { rendered: body, isSecret } = values.watch((lookup) =>
    renderBody(config, written["content-type"], lookup),
  );
  if (!body.ok) return failed(body.error);
  const { text, contentType } = body.value;
  return {
    ok: true,
    value: {
      url: url.value,
      headers: {
        "user-agent": "workflow-orchestrator",
        ...(contentType === null ? {} : { "content-type": contentType }),
        ...written,
        "idempotency-key": `${attempt.runId}:${attempt.step.id}`,
        "x-attempt": String(attempt.attempt),
        ...(traceparent === null ? {} : { traceparent }),
      },
      ...(text === null ? {} : { body: text }),
      sensitiveHeaders: sensitive,
      sensitiveBody: isSecret,
      secretValues: values.secretValues,
    },
  };
}

interface RenderedHeaders {
  headers: Record<string, string>;
  /** Names of those that contain a secret. */
  sensitive: string[];
}

function renderHeaders(
  written: Readonly<Record<string, string>>,
  values: Lookup,
): Result<RenderedHeaders, PlaceholderFailure> {
  const headers: Record<string, string> = {};
  const sensitive: string[] = [];
  for (const [name, value] of Object.entries(written)) {
    const problem = headerNameProblem(name);
    if (problem !== null) return refuse(problem);
    const lower = name.toLowerCase();
    if (RESERVED.has(lower)) continue;
    const { rendered, isSecret } = values.watch((lookup) => renderHeader(value, lookup));
    if (!rendered.ok) return rendered;
    headers[lower] = rendered.value;
    if (isSecret) sensitive.push(lower);
  }
  return { ok: true, value: { headers, sensitive } };
}

type RenderedBody = Result<{ text: string | null; contentType: string | null }, PlaceholderFailure>;

/** `declared`: the content type of the step's own; it says how the values of a text are encoded. */
function renderBody(
  config: ApiCallStep["config"],
  declared: string | undefined,
  lookup: PlaceholderLookup,
): RenderedBody {
  const { method, body, body_form: form } = config;
  if (body === undefined && form === undefined) return sendAs(null, null);
  if (SAFE_METHODS.has(method)) {
    return refuse(`A ${method} request cannot have a body.`);
  }
  const rendered =
    form === undefined ? renderWritten(body ?? null, declared, lookup) : formBody(form, lookup);
  if (!rendered.ok || rendered.value.text === null) return rendered;
  if (new TextEncoder().encode(rendered.value.text).byteLength > LIMITS.renderedBytes) {
    return refuse(`The body has more than ${LIMITS.renderedBytes} bytes.`);
  }
  return rendered;
}

/** A text is sent as text; everything else as JSON. */
function renderWritten(
  body: JsonValue,
  declared: string | undefined,
  lookup: PlaceholderLookup,
): RenderedBody {
  const encoding = declared === undefined ? null : bodyEncodingOf(declared);
  if (typeof body === "string" && encoding !== null) {
    const rendered = renderBodyText(body, encoding, lookup);
    return rendered.ok ? sendAs(rendered.value, null) : rendered;
  }
  const rendered = renderJson(body, lookup);
  if (!rendered.ok) return rendered;
  const { value } = rendered;
  return typeof value === "string"
    ? sendAs(value, "text/plain;charset=UTF-8")
    : sendAs(JSON.stringify(value), "application/json");
}

function sendAs(text: string | null, contentType: string | null): RenderedBody {
  return { ok: true, value: { text, contentType } };
}

function formBody(form: JsonObject, lookup: PlaceholderLookup): RenderedBody {
  const rendered = renderForm(form, lookup);
  return rendered.ok ? sendAs(rendered.value, FORM_TYPE) : rendered;
}

function failed(failure: PlaceholderFailure): Failed<Failure> {
  const secret = failure.missing === undefined ? null : SECRET_PATH.exec(failure.missing);
  return secret === null
    ? { ok: false, error: { code: "template_error", message: failure.message } }
    : { ok: false, error: { code: "secret_missing", message: `No secret named ${secret[1]}.` } };
}
