/**
 * Where a command writes. Results go to `out`, so that they can be piped; progress, and everything
 * else for the person who watches, goes to `err`. Owns when to use colours: on a terminal that
 * supports them, and not with NO_COLOR.
 */
import { styleText } from "node:util";

export type Colour = "red" | "green" | "yellow" | "cyan" | "dim" | "bold";
/** Text in a colour, or plain where colours are off. */
export type Paint = (colour: Colour, text: string) => string;

export interface Terminal {
  /** Writes lines to standard output. */
  out(text: string): void;
  /** Writes lines to standard error. */
  err(text: string): void;
  paintOut: Paint;
  paintErr: Paint;
}

export const withoutColours: Paint = (_colour, text) => text;

const withColours: Paint = (colour, text) => styleText(colour, text, { validateStream: false });

type Environment = Readonly<Record<string, string | undefined>>;

/** https://no-color.org: set and not empty. */
export function hasColours(stream: { isTTY?: boolean }, environment: Environment): boolean {
  const { NO_COLOR = "", TERM = "" } = environment;
  return stream.isTTY === true && NO_COLOR === "" && TERM !== "dumb";
}

export function processTerminal(): Terminal {
  const paint = (stream: NodeJS.WriteStream) =>
    hasColours(stream, process.env) ? withColours : withoutColours;
  return {
    out: (text) => process.stdout.write(`${text}\n`),
    err: (text) => process.stderr.write(`${text}\n`),
    paintOut: paint(process.stdout),
    paintErr: paint(process.stderr),
  };
}
