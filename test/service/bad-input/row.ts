/** One bad request and the problem that it must be answered with. */
export interface Row {
  /** Completes "answers …". */
  what: string;
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS" | "PROPFIND";
  /** `{waiting}`, `{deciding}`, `{completed}`, `{failed}` and `{canceled}` stand for runs. */
  path: string;
  headers?: Readonly<Record<string, string>>;
  body?: string | Uint8Array;
  chunked?: boolean;
  status: number;
  code: string;
  /** Pointers of all errors, in order; absent: none are looked at. */
  pointers?: readonly string[];
  /** Where the first error is: `line:column`. */
  at?: string;
  /** Methods that `Allow` must name. */
  allow?: readonly string[];
}

export const JSON_TYPE = { "content-type": "application/json" };
export const YAML_TYPE = { "content-type": "application/yaml" };

export const KIB = 1024;

/** The text, padded with spaces to that many bytes. */
export function padded(text: string, bytes: number): string {
  return text + " ".repeat(bytes - Buffer.byteLength(text));
}

/** A JSON list in a list in a list. */
export function nested(depth: number): string {
  return "[".repeat(depth) + "]".repeat(depth);
}
