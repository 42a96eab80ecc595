/**
 * The settings that `npm start` runs with: those of `.dev.vars`, and over them variables of the
 * environment by the same names, as everywhere else. Wrangler takes files only, so the second kind
 * is handed over in one: on a command line, a secret could be read by everybody on the machine.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { SETTING_NAMES } from "#settings.ts";

/** Whose value may be shown: none can hold a secret. */
const SHOWN: ReadonlySet<string> = new Set([
  "ENVIRONMENT",
  "AI_PROVIDER",
  "MOCK_AI_MODE",
  "LOG_LEVEL",
]);

type Values = Readonly<Record<string, string | undefined>>;

/** The variables that are settings, in their order. Set to nothing counts: it takes a value away. */
export function settingsOf(environment: Values): Record<string, string> {
  const given = SETTING_NAMES.flatMap((name): [string, string][] => {
    const value = environment[name];
    return value === undefined ? [] : [[name, value]];
  });
  return Object.fromEntries(given);
}

/** What is said of them; null: there are none. */
export function describeSettings(
  given: Readonly<Record<string, string>>,
  file: string,
): string | null {
  const names = Object.entries(given).map(([name, value]) => {
    if (value === "") return `${name} (empty)`;
    return SHOWN.has(name) && /^\w+$/.test(value) ? `${name}=${value}` : name;
  });
  if (names.length === 0) return null;
  return `From the environment, in place of what ${file} says: ${names.join(", ")}.`;
}

/** Writes them to `<folder>/settings.env`, for this user's eyes only. The path, or null: none. */
export function writeSettings(
  given: Readonly<Record<string, string>>,
  folder: string,
): string | null {
  const path = `${folder}/settings.env`;
  // What an earlier start left must not outlive its environment.
  rmSync(path, { force: true });
  if (Object.keys(given).length === 0) return null;
  const lines = Object.entries(given).map(([name, value]) => `${name}=${quote(name, value)}\n`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, lines.join(""), { mode: 0o600 });
  return path;
}

/** As dotenv reads it: without quotes spaces and # end a value, and $ begins another variable. */
function quote(name: string, value: string): string {
  const mark = ["'", "`", '"'].find((one) => !value.includes(one));
  if (mark === undefined || (mark === '"' && value.includes("\\"))) {
    throw new Error(`${name} of the environment has every kind of quote; set it in .dev.vars.`);
  }
  return mark + value.replaceAll("$", "\\$") + mark;
}
