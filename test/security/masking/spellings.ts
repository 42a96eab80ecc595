/** The ways in which servers, models and pages spell a value that they give back. */

type Spell = (value: string) => string;

/** Each unit or byte of which `isEncoded` is true, as it would be if all were. */
export const SPELLINGS: Readonly<Record<string, Spell>> = {
  "as it is": (value) => value,
  "percent-encoded": (value) => encodeURIComponent(value.toWellFormed()),
  "percent-encoded in lower case": (value) =>
    encodeURIComponent(value.toWellFormed()).replaceAll(/%../g, (part) => part.toLowerCase()),
  "percent-encoded whole": percentAll,
  "as encodeURI leaves it": (value) => encodeURI(value.toWellFormed()),
  "as escape wrote it": (value) =>
    Array.from(value)
      .map((character) => {
        const code = character.charCodeAt(0);
        if (character.length > 1 || /[A-Za-z0-9@*_+./-]/.test(character)) return character;
        return code < 256 ? `%${hex(code, 2)}` : `%u${hex(code, 4)}`;
      })
      .join(""),
  "as a form": (value) => new URLSearchParams({ "": value }).toString().slice(1),
  "as JSON": (value) => JSON.stringify(value).slice(1, -1),
  "as JSON in JSON": (value) => JSON.stringify(JSON.stringify(value)).slice(3, -3),
  "as JSON with every slash escaped": (value) =>
    JSON.stringify(value)
      .slice(1, -1)
      .replaceAll("/", String.raw`\/`),
  "as JSON in ASCII": (value) => unicode(value, 4),
  "as JSON in ASCII, in capitals": (value) => unicode(value, 4).replaceAll(/u..../g, upper),
  "as JavaScript in bytes": (value) =>
    Array.from(value)
      .map((one) => (one.charCodeAt(0) < 128 ? `\\x${hex(one.charCodeAt(0), 2)}` : one))
      .join(""),
  "as HTML": (value) =>
    value
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
      .replaceAll('"', "&quot;")
      .replaceAll("'", "&#39;"),
  "as HTML with names": (value) =>
    Array.from(value)
      .map((character) => NAMES[character] ?? character)
      .join(""),
  "as HTML in numbers": (value) =>
    Array.from(value)
      .map((one) => `&#${one.codePointAt(0)};`)
      .join(""),
  "as HTML in hexadecimal": (value) =>
    Array.from(value)
      .map((one) => `&#x${(one.codePointAt(0) ?? 0).toString(16)};`)
      .join(""),
  "as HTML in capitals, without semicolons": (value) =>
    `${Array.from(value)
      .map((one) => `&#X${hex(one.codePointAt(0) ?? 0, 2)}`)
      .join("")} `,
  "as a JSON Pointer": (value) => value.replaceAll("~", "~0").replaceAll("/", "~1"),
  "in base64": (value) => Buffer.from(value).toString("base64"),
  "in base64 behind one byte": (value) => Buffer.from(`:${value}`).toString("base64"),
  "in base64 behind two bytes": (value) => Buffer.from(`::${value}`).toString("base64"),
  "in base64 for URLs": (value) => Buffer.from(value).toString("base64url"),
  "in base64 with line breaks": (value) =>
    Buffer.from(`in ${value}`)
      .toString("base64")
      .replaceAll(/(.{5})/g, "$1\r\n"),
  "in base64 with folded lines": (value) =>
    Buffer.from(value)
      .toString("base64")
      .replaceAll(/(.{4})/g, "$1\n  "),
  "in hexadecimal": (value) => Buffer.from(value).toString("hex"),
  "in hexadecimal, in capitals": (value) => Buffer.from(value).toString("hex").toUpperCase(),
  "in hexadecimal with colons": (value) =>
    Buffer.from(value)
      .toString("hex")
      .replaceAll(/(..)(?=.)/g, "$1:"),
  "on other lines": (value) => value.replaceAll(" ", "\r\n  "),
};

const NAMES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
  "/": "&sol;",
  "=": "&equals;",
  "+": "&plus;",
  "@": "&commat;",
  é: "&eacute;",
  ü: "&uuml;",
  " ": "&nbsp;",
};

export function percentAll(value: string): string {
  return [...Buffer.from(value)].map((byte) => `%${hex(byte, 2)}`).join("");
}

function unicode(value: string, digits: number): string {
  let text = "";
  for (let index = 0; index < value.length; index++) {
    text += `\\u${hex(value.charCodeAt(index), digits).toLowerCase()}`;
  }
  return text;
}

function upper(part: string): string {
  return `u${part.slice(1).toUpperCase()}`;
}

function hex(code: number, digits: number): string {
  return code.toString(16).toUpperCase().padStart(digits, "0");
}
