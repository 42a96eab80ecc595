/**
 * What a session knows of the service, learned from its answers: ids, tokens, cursors, tags and
 * keys that exist. It belongs to one session, so that a session can be repeated by its seed alone.
 */
import { type Run, runListSchema, runSchema } from "#model/run.ts";
import type { Answer } from "../support/http.ts";
import type { Definition } from "./definitions.ts";
import { isSchema } from "./schema-values.ts";

/** A run that waits, as it was shown last. */
export type Waiting = Run & { wait: NonNullable<Run["wait"]> };

export interface Credential {
  key: string;
  what: string;
}

const KEPT = 40;
let made = 0;

export class World {
  readonly workflows = new Map<string, Definition>();
  readonly runs = new Map<string, Run>();
  readonly templates = new Set<string>(["content_v1", "email_v1"]);
  readonly secrets = new Set<string>();
  readonly keys = new Set<string>();
  readonly credentials: Credential[] = [];
  readonly tokens = new Set<string>();
  readonly etags = new Set<string>();
  readonly idempotencyKeys = new Set<string>();
  /** By operation: a cursor of one list is another's naughty text. */
  readonly cursors = new Map<string, string>();

  /** Unique in the process and, by the clock, in a service that was there before. */
  name(prefix: string): string {
    made += 1;
    return `${prefix}_${process.pid.toString(36)}${Date.now().toString(36)}${made.toString(36)}`;
  }

  waiting(): Waiting[] {
    return [...this.runs.values()].filter((run): run is Waiting => run.wait !== undefined);
  }

  /** What an answer says; HEAD has none of it. */
  learn(operation: string | null, answer: Answer): void {
    const etag = answer.headers.get("etag");
    if (etag !== null) this.#keep(this.etags, etag);
    if (answer.mediaType !== "application/json" || answer.status >= 300 || answer.text === "")
      return;
    const body = answer.json();
    if (!isSchema(body)) return;
    if (operation !== null && typeof body["next_cursor"] === "string") {
      this.cursors.set(operation, body["next_cursor"]);
    }
    this.#learnRuns(body);
    this.#learnNames(operation, body);
  }

  #learnRuns(body: unknown): void {
    const run = runSchema.safeParse(body);
    if (run.success) this.#learnRun(run.data);
    const list = runListSchema.safeParse(body);
    for (const one of list.success ? list.data.items.slice(0, 5) : []) {
      // Runs of other sessions change meanwhile; they are good for reading only.
      if (!this.runs.has(one.id) && this.runs.size < KEPT / 2) this.runs.set(one.id, one);
    }
  }

  #learnRun(run: Run): void {
    this.runs.set(run.id, run);
    const { wait } = run;
    if (wait?.type === "form" && wait.resume_token !== undefined) {
      this.#keep(this.tokens, wait.resume_token);
    }
    if (wait?.type === "approval") {
      for (const { token } of wait.resume_tokens ?? []) this.#keep(this.tokens, token);
    }
  }

  #learnNames(operation: string | null, body: Readonly<Record<string, unknown>>): void {
    const { id, name, key } = body;
    if (operation === "putTemplate" && typeof id === "string") this.#keep(this.templates, id);
    if (operation === "putSecret" && typeof name === "string") this.#keep(this.secrets, name);
    if (operation === "createKey" && typeof id === "string") this.#keep(this.keys, id);
    if (operation === "createKey" && typeof key === "string") {
      this.credentials.push({ key, what: "a key of the session" });
    }
    if (operation === "createWorkflow" && typeof id === "string" && isSchema(body["definition"])) {
      this.workflows.set(id, body["definition"]);
    }
  }

  #keep(names: Set<string>, name: string): void {
    names.add(name);
    const [oldest] = names;
    if (names.size > KEPT && oldest !== undefined) names.delete(oldest);
  }
}
