/**
 * The arguments of a command, parsed by node:util parseArgs. Owns the messages for wrong usage: an
 * unknown option, a missing value, an extra argument.
 */
import { parseArgs, type ParseArgsOptionsConfig } from "node:util";
import { nearestName } from "#model/nearest-name.ts";
import { CommandError } from "./command-error.ts";

export interface ArgumentRules<T extends ParseArgsOptionsConfig> {
  /** For messages: `run` is shown as `workflow run`. */
  command: string;
  options: T;
  /** How many positional arguments there may be. */
  arguments: { min: number; max: number; name: string };
}

/** Options and other arguments, or a usage error (exit code 2). */
export function readArguments<T extends ParseArgsOptionsConfig>(
  args: readonly string[],
  rules: ArgumentRules<T>,
) {
  const { command, options } = rules;
  checkOptions(args, rules);
  const parsed = parseArgs({ args, options, allowPositionals: true });
  const { min, max, name } = rules.arguments;
  const surplus = parsed.positionals[max];
  if (surplus !== undefined) {
    throw usageError(command, `Unexpected argument: ${JSON.stringify(surplus)}.`);
  }
  if (parsed.positionals.length < min) throw usageError(command, `${name} is missing.`);
  return parsed;
}

/** Wrong usage of a command, with a pointer to its help. */
export function usageError(command: string, message: string): CommandError {
  const program = command === "" ? "workflow" : `workflow ${command}`;
  return new CommandError(2, `${program}: ${message}`, `See ${program} --help.`);
}

/** `. Did you mean "…"?` or a full stop. */
export function orNearest(name: string, known: Iterable<string>): string {
  const nearest = nearestName(name, known);
  return nearest === null ? "." : `. Did you mean "${nearest}"?`;
}

function checkOptions(
  args: readonly string[],
  { command, options }: Pick<ArgumentRules<ParseArgsOptionsConfig>, "command" | "options">,
): void {
  const lenient = { strict: false, tokens: true, allowPositionals: true } as const;
  const { tokens } = parseArgs({ args, options, ...lenient });
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    const { name, rawName, value, inlineValue } = token;
    const option = Object.hasOwn(options, name) ? options[name] : undefined;
    if (option === undefined) {
      const known = Object.keys(options).map((one) => `--${one}`);
      throw usageError(command, `There is no option ${rawName}${orNearest(rawName, known)}`);
    }
    if (option.type === "boolean" && value !== undefined) {
      throw usageError(command, `${rawName} takes no value.`);
    }
    if (option.type !== "string") continue;
    if (value === undefined) throw usageError(command, `${rawName} needs a value.`);
    if (!inlineValue && value.length > 1 && value.startsWith("-")) {
      const written = `${rawName}=${value}`;
      throw usageError(
        command,
        `${rawName} needs a value; a value that starts with a dash is written ${written}.`,
      );
    }
  }
}
