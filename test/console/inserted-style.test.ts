/** The one style element that a library inserts into the console, against the hash in its policy. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { PRESSABLE_STYLE_HASH } from "#http/inserted-style.ts";

const PACKAGES = new URL("../../node_modules/", import.meta.url);
const SOURCE = new URL("react-aria/dist/private/interactions/usePress.mjs", PACKAGES);

test("the policy of the console allows the style of React Aria's buttons, as it is now", () => {
  const [, text = ""] =
    /style\.textContent = `(.*?)`\.trim\(\)/s.exec(readFileSync(SOURCE, "utf8")) ?? [];
  const inserted = text
    .replace(/\$\{[^}]+PRESSABLE_ATTRIBUTE\}/, "data-react-aria-pressable")
    .trim();
  const hash = createHash("sha256").update(inserted).digest("base64");
  expect(`sha256-${hash}`).toBe(PRESSABLE_STYLE_HASH);
});
