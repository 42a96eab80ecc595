/**
 * The settings of `npm start`: those of `.dev.vars`, overridden by variables of the environment
 * with the same names. Wrangler reads only files, so the latter are written to one: on a command
 * line, every user of the machine could read a secret.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { SETTING_NAMES } from "#settings.ts";

/** Settings whose value may be shown: none can contain a secret. */
const SHOWN: ReadonlySet<string> = new Set([
  "ENVIRONMENT",
  "AI_PROVIDER",
  "MOCK_AI_MODE",
  "LOG_LEVEL",
]);

type Values = Readonly<Record<string, string | undefined>>;

/** The variables that are settings, in order. An empty one counts: it removes a value. */
export function settingsOf(environment: Values): Record<string, string> {
  const given = SETTING_NAMES.flatMap((name): [string, string][] => {
    const value = environment[name];
    return value === undefined ? [] : [[name, value]];
  });
  return Object.fromEntries(given);
}

/** The message about them; null: there are none. */
export function describeSettings(
  given: Readonly<Record<string, string>>,
  file: string,
): string | null {
  const names = Object.entries(given).map(([name, value]) => {
    if (value === "") return `${name} (empty)`;
    return SHOWN.has(name) && /^\w+$/.test(value) ? `${name}=${value}` : name;
  });
  if (names.length === 0) return null;
  return `From the environment, overriding ${file}: ${names.join(", ")}.`;
}

/**
 * Writes them to `<folder>/settings.env`, readable only by this user. Returns the path, or null
 * without settings.
 */
export function writeSettings(
  given: Readonly<Record<string, string>>,
  folder: string,
): string | null {
  const path = `${folder}/settings.env`;
  // The file of an earlier start must not outlive its environment.
  rmSync(path, { force: true });
  if (Object.keys(given).length === 0) return null;
  const lines = Object.entries(given).map(([name, value]) => `${name}=${quote(name, value)}\n`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, lines.join(""), { mode: 0o600 });
  return path;
}

/** Quoted for dotenv: without quotes spaces and # end a value, and $ starts another variable. */
function quote(name: string, value: string): string {
  const mark = ["'", "`", '"'].find((one) => !value.includes(one));
  if (mark === undefined || (mark === '"' && value.includes("\\"))) {
    throw new Error(`${name} of the environment has every kind of quote; set it in .dev.vars.`);
  }
  return mark + value.replaceAll("$", "\\$") + mark;
}
