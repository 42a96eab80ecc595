/**
 * The body of one request: read once and parsed once, by the first step that needs it. The check of
 * a resume token, the fingerprint of an idempotency key and the handler all see the same value.
 */
import { type ExactJson, parseExactJson, type TextPlace } from "#model/exact-json.ts";
import { LIMITS } from "#model/limits.ts";
import { brokenOff, malformedBody } from "../problems/body-problems.ts";
import type { AppContext } from "../types.ts";

export const YAML_TYPE = "application/yaml";
const YAML_TYPES: ReadonlySet<string> = new Set([YAML_TYPE, "application/x-yaml", "text/yaml"]);

export function isYaml(mediaType: string): boolean {
  return YAML_TYPES.has(mediaType);
}

interface Decoded {
  /** With replacement characters where the bytes are not UTF-8. */
  text: string;
  isUtf8: boolean;
}

export class RequestBody {
  /** The media type without its parameters; "" when there is none. */
  readonly mediaType: string;
  readonly #request: AppContext["req"];
  readonly #texts: TextPlace | undefined;
  #decoded: Promise<Decoded> | undefined;
  #json: ExactJson | undefined;

  /** `texts`: where a number beyond the precision of a double is accepted, as text. */
  constructor(request: AppContext["req"], texts?: TextPlace) {
    const header = request.header("content-type");
    this.mediaType = (header?.split(";")[0] ?? "").trim().toLowerCase();
    this.#request = request;
    this.#texts = texts;
  }

  /** "" without a body; refuses what is not UTF-8. */
  async text(): Promise<string> {
    const { text, isUtf8 } = await this.decoded();
    if (!isUtf8) throw malformedBody("The body is not UTF-8.");
    return text;
  }

  /** The body as JSON; its media type is not looked at. */
  async json(): Promise<ExactJson> {
    const { text } = await this.decoded();
    this.#json ??= parseExactJson(text, { texts: this.#texts, named: LIMITS.diagnostics });
    return this.#json;
  }

  decoded(): Promise<Decoded> {
    this.#decoded ??= this.#request.arrayBuffer().then(decode, () => {
      throw brokenOff();
    });
    return this.#decoded;
  }
}

function decode(bytes: ArrayBuffer): Decoded {
  try {
    const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });
    return { text: strict.decode(bytes), isUtf8: true };
  } catch {
    // The decoder reports no more than that.
    return { text: new TextDecoder().decode(bytes), isUtf8: false };
  }
}
