/** Files and standard input as text. Of workflows it knows only the names of their files. */
import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { parseExactJson } from "#model/exact-json.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "#model/json.ts";
import { CommandError } from "../terminal/command-error.ts";
import { findJsonError } from "./json-syntax.ts";

export interface SourceFile {
  /** The path as given; `stdin` for standard input. */
  name: string;
  isStdin: boolean;
  /** By the extension; YAML when it is unknown. */
  format: "yaml" | "json";
  /** Without a byte order mark, unless it is requested. */
  text: string;
}

/** A file that cannot be read is a usage error (exit code 2). */
export async function readSourceFile(
  path: string,
  { keepsMark = false }: { keepsMark?: boolean } = {},
): Promise<SourceFile> {
  const isStdin = path === "-";
  const name = isStdin ? "stdin" : path;
  const format = /\.json$/i.test(path) ? "json" : "yaml";
  const bytes = await (isStdin ? buffer(process.stdin) : readBytes(path));
  return { name, isStdin, format, text: decode(bytes, name, keepsMark) };
}

/** Parses JSON, and refuses what the service would: duplicate keys, numbers it would round. */
export function readExactly(text: string): { value: JsonValue; problems: string[] } {
  const read = parseExactJson(text, { named: PROBLEMS_SHOWN });
  if (!read.ok) throw new SyntaxError(read.message);
  const twice = read.duplicates.map((at) => `${at} appears twice; keep one of the two.`);
  const rounded = read.inexact.map(({ pointer, text: number }) => {
    const place = pointer === "" ? "" : ` at ${pointer}`;
    return `The number ${number}${place} would be rounded; put it in quotes to keep every digit.`;
  });
  return { value: read.value, problems: [...twice, ...rounded] };
}

const PROBLEMS_SHOWN = 5;

/** A JSON file that contains an object. */
export async function readJsonObject(path: string): Promise<JsonObject> {
  const { name, text } = await readSourceFile(path);
  const error = findJsonError(text);
  if (error !== null) {
    throw new CommandError(2, `${name}:${error.line}:${error.column}: ${error.message}`);
  }
  const { value, problems } = readExactly(text);
  if (problems.length > 0) throw new CommandError(2, `${name}: ${problems.join(" ")}`);
  if (!isJsonObject(value)) throw new CommandError(2, `${name} must contain a JSON object.`);
  return value;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "the file does not exist",
  EISDIR: "it is a folder",
  EACCES: "permission denied",
  EPERM: "permission denied",
};

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new CommandError(2, `${path} cannot be read: ${reasonOf(error, REASONS)}.`);
  }
}

/** The message for an error of the file system. */
export function reasonOf(error: unknown, reasons: Readonly<Record<string, string>>): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error ? String(error.code) : "";
  return reasons[code] ?? error.message;
}

function decode(bytes: Uint8Array, name: string, keepsMark: boolean): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: keepsMark }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new CommandError(2, `${name} cannot be read: it is not text in UTF-8.`);
  }
}
