/**
 * The style of the page behind a resume link. It is inline, allowed in the policy by its hash, so
 * that the page loads nothing else. The colours are those of the console.
 */
import { raw } from "hono/html";

const STYLE = `
:root {
  color-scheme: light dark;
  --wo-canvas: light-dark(#f6f6f4, #131416);
  --wo-surface: light-dark(#ffffff, #1b1c1f);
  --wo-text: light-dark(#1b1c1f, #ecedef);
  --wo-text-muted: light-dark(#5a5d66, #a5a8b0);
  --wo-border: light-dark(#deded9, #313339);
  --wo-border-strong: light-dark(#85878f, #787b84);
  --wo-accent: light-dark(#2c55c4, #8eaeff);
  --wo-accent-hover: light-dark(#2346a6, #a9c1ff);
  --wo-on-accent: light-dark(#ffffff, #0d1424);
  --wo-negative: light-dark(#ad231b, #ff9f95);
  --wo-negative-soft: light-dark(#fbeae8, #351b19);
}
*, ::before, ::after { box-sizing: border-box; }
body {
  margin: 0;
  background: var(--wo-canvas);
  color: var(--wo-text);
  font: 400 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", Arial, sans-serif;
  overflow-wrap: anywhere;
}
main { max-width: 42rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
header { margin-bottom: 1.5rem; }
h1 { margin: 0; font-size: 1.625rem; line-height: 1.25; text-wrap: balance; }
h2 { margin: 0 0 .5rem; font-size: 1.0625rem; line-height: 1.35; }
p { margin: .25rem 0; }
section > h1 { margin-bottom: .75rem; }
.decider { margin: 0 0 1rem; }
.workflow, .hint, .optional, .meta { color: var(--wo-text-muted); }
.workflow { margin: 0 0 .25rem; }
.hint, .meta { font-size: .9375rem; }
.optional { font-weight: 400; }
code { font-family: ui-monospace, Menlo, Consolas, monospace; font-size: .925em; }
section, details, .problems { margin: 0 0 1.5rem; padding: 1rem; border: 1px solid var(--wo-border); border-radius: 10px; background: var(--wo-surface); }
summary { min-height: 1.5rem; font-weight: 600; cursor: pointer; }
details[open] > summary { margin-bottom: .75rem; }
dl { margin: 0; }
dt { font-weight: 600; font-size: .9375rem; color: var(--wo-text-muted); }
dd { margin: 0 0 .75rem; }
dd:last-child { margin-bottom: 0; }
dd > dl { padding-inline-start: .75rem; border-inline-start: 2px solid var(--wo-border); }
.value ul, .decisions { margin: 0; padding-inline-start: 1.25rem; }
.text { margin: 0; white-space: pre-wrap; }
.value pre { margin: 0; white-space: pre-wrap; }
.field { margin: 0 0 1.5rem; padding: 0; border: 0; min-width: 0; }
.field.wrong { padding-inline-start: .875rem; border-inline-start: 3px solid var(--wo-negative); }
label, legend { display: block; padding: 0; font-weight: 600; }
.choice label { font-weight: 400; }
.error { color: var(--wo-negative); font-weight: 600; }
.problems { border: 2px solid var(--wo-negative); background: var(--wo-negative-soft); }
.problems ul { margin: 0; padding-inline-start: 1.25rem; }
.problems a { color: var(--wo-negative); }
input:not([type=radio], [type=checkbox]), select, textarea {
  display: block; width: 100%; min-height: 2.75rem; margin-top: .375rem; padding: .5rem .75rem;
  border: 1px solid var(--wo-border-strong); border-radius: 6px;
  background: var(--wo-surface); color: inherit; font: inherit;
}
textarea { min-height: 8rem; resize: vertical; }
[aria-invalid=true] { border-color: var(--wo-negative); border-width: 2px; }
::placeholder { color: var(--wo-text-muted); opacity: 1; }
.choice { display: flex; gap: .75rem; align-items: flex-start; min-height: 2.75rem; padding: .5rem 0; }
.choice input { flex: none; width: 1.25rem; height: 1.25rem; margin: .125rem 0 0; accent-color: var(--wo-accent); }
.choice label { flex: 1; }
.buttons { display: flex; flex-wrap: wrap; gap: .75rem; }
button {
  min-height: 2.75rem; padding: .5rem 1.5rem; border: 1px solid var(--wo-accent); border-radius: 6px;
  background: var(--wo-accent); color: var(--wo-on-accent); font: inherit; font-weight: 600; cursor: pointer;
}
button:hover { background: var(--wo-accent-hover); }
button.second { border-color: var(--wo-negative); background: var(--wo-surface); color: var(--wo-negative); }
button.second:hover { background: var(--wo-negative-soft); }
:focus-visible { outline: 3px solid var(--wo-accent); outline-offset: 2px; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (max-width: 26rem) { .buttons button { flex: 1 1 100%; } }
@media (forced-colors: active) { .field.wrong, .problems { border-color: CanvasText; } }
`;

/** One string: the hash covers every character between the tags. */
export const STYLE_ELEMENT = raw(`<style>${STYLE}</style>`);

let hash: Promise<string> | undefined;

/** The source expression of the style in a content security policy. */
export function styleSource(): Promise<string> {
  hash ??= crypto.subtle.digest("SHA-256", new TextEncoder().encode(STYLE)).then((digest) => {
    return `'sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}'`;
  });
  return hash;
}
