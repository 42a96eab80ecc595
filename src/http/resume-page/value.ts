/** A JSON value rendered for people: lists as lists, objects as terms, line breaks kept. */
import { html } from "hono/html";
import { isJsonObject, type JsonValue } from "#model/json.ts";
import type { Html } from "./html.ts";

/** Deeper values are shown as JSON. */
const DEEPEST = 5;

export function drawValue(value: JsonValue, depth = 0): Html {
  if (value === null || value === "") return html`<p class="meta">nothing</p>`;
  if (typeof value === "boolean") return html`<p class="text">${value ? "yes" : "no"}</p>`;
  if (typeof value !== "object") return html`<p class="text" dir="auto">${String(value)}</p>`;
  const isEmpty = Object.keys(value).length === 0;
  if (isEmpty) return html`<p class="meta">nothing</p>`;
  if (depth >= DEEPEST) return html`<pre dir="auto">${JSON.stringify(value, null, 2)}</pre>`;
  if (isJsonObject(value)) {
    const terms = Object.entries(value).map(([key, child]) => ({
      label: key.replaceAll("_", " "),
      value: child,
    }));
    return drawTerms(terms, depth);
  }
  const items = value.map((item) => html`<li>${drawValue(item, depth + 1)}</li>`);
  return html`<ul>
    ${items}
  </ul>`;
}

export function drawTerms(terms: readonly { label: string; value: JsonValue }[], depth = 0): Html {
  return html`<dl>
    ${terms.map(
      ({ label, value }) =>
        html`<dt dir="auto">${label}</dt>
          <dd>${drawValue(value, depth + 1)}</dd>`,
    )}
  </dl>`;
}
