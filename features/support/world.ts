/**
 * What a scenario knows: whom it talks to, the workflow and the run that "it" means, and the last
 * answers. Everything goes over HTTP; answers are parsed with the schemas of the API.
 */
import { setWorldConstructor, World } from "@cucumber/cucumber";
import { strict as assert } from "node:assert";
import { problemSchema } from "#model/problem.ts";
import { type History, historySchema, type Run, runSchema } from "#model/run.ts";
import type { Answer, Client } from "../../test/support/http.ts";
import type { Turn } from "../../test/support/fake-openai.ts";
import { service } from "./environment.ts";

const SETTLES_WITHIN_MS = 10_000;
const ASK_AGAIN_MS = 20;

let scenarios = 0;

export class Scenario extends World {
  client: Client = service();
  /** The workflow that "it" means: its YAML as far as the scenario has it, and its id. */
  yaml = "";
  workflowId = "content_draft_flow";
  runId = "";
  answers: Answer[] = [];
  tookMs = 0;
  /** Paths of the fake API that the scenario is about; the last one is "the calls". */
  apiPath = "";
  /** The resume token that "the token" and "the link" mean. */
  token = "";
  mockMode = "success";
  /** The responses that the model server has to send, call by call. */
  readonly turns: Turn[] = [];
  etag = "";
  /** Before the last request: the run, and the objects of all runs. */
  before = "";
  runObjectsBefore: string[] = [];
  #headers: Record<string, string> = {};
  readonly #number = ++scenarios;

  /** An id that no other scenario has. */
  newId(prefix: string): string {
    return `${prefix}_${this.#number}`;
  }

  get answer(): Answer {
    const last = this.answers.at(-1);
    assert.ok(last, "nothing was asked yet");
    return last;
  }

  /** The last answer as a run. */
  get run(): Run {
    return toRun(this.answer);
  }

  get problem() {
    const { answer } = this;
    assert.equal(answer.mediaType, "application/problem+json", answer.text);
    const problem = problemSchema.parse(answer.json());
    assert.equal(problem.status, answer.status);
    assert.equal(problem.request_id, answer.headers.get("x-request-id"));
    return problem;
  }

  /** A header of the next request. */
  setHeader(line: string): void {
    const [name = "", value = ""] = line.split(": ", 2);
    this.#headers = { ...this.#headers, [name]: value };
  }

  takeHeaders(): Record<string, string> {
    const headers = this.#headers;
    this.#headers = {};
    return headers;
  }

  /** Asks, and remembers the answer. */
  async ask(request: () => Promise<Answer>): Promise<Answer> {
    const startedAt = performance.now();
    const answer = await request();
    this.tookMs = performance.now() - startedAt;
    this.answers.push(answer);
    return answer;
  }

  /** Posts the workflow, which must be new and right, and makes it "it". */
  async createWorkflow(yaml: string): Promise<void> {
    const answer = await this.client.yaml("POST", "/v1/workflows", yaml);
    // 200: a scenario before this one, with the same background, has put it into service.
    assert.ok(answer.status === 201 || answer.status === 200, answer.text);
    this.yaml = yaml;
    this.workflowId = /^id: (\S+)$/m.exec(yaml)?.[1] ?? "";
  }

  /** Asks for a run of the workflow; `body` goes over the plain request. */
  async tryStart(body: object = {}): Promise<Answer> {
    await this.remember();
    const start = { workflow_id: this.workflowId, ...body };
    return this.ask(() => this.client.post("/v1/executions", start, this.takeHeaders()));
  }

  /** Starts a run of the workflow and makes it "it". */
  async start(body: object = {}): Promise<void> {
    const answer = await this.tryStart(body);
    assert.equal(answer.status, 202, answer.text);
    this.runId = toRun(answer).id;
  }

  async resume(body: string | object): Promise<Answer> {
    await this.remember();
    const given: unknown = typeof body === "string" ? JSON.parse(body) : body;
    return this.ask(() => this.client.post(this.path("/resume"), given, this.takeHeaders()));
  }

  async cancel(body?: object): Promise<Answer> {
    await this.remember();
    return this.ask(() => this.client.post(this.path("/cancel"), body));
  }

  path(rest = ""): string {
    return `/v1/executions/${this.runId}${rest}`;
  }

  /** The run as it is now, asked afresh. */
  async readRun(): Promise<Run> {
    return toRun(await this.client.get(this.path()));
  }

  async readHistory(): Promise<History> {
    const answer = await this.client.get(this.path("/history"));
    assert.equal(answer.status, 200, answer.text);
    return historySchema.parse(answer.json());
  }

  /** Everything that the API tells about the run, as text. */
  async readEverything(): Promise<string> {
    if (this.runId === "") return "";
    const parts = ["", "/history", "/context"].map((rest) => this.client.get(this.path(rest)));
    return (await Promise.all(parts)).map((answer) => answer.text).join("\n");
  }

  /** Asks for the run until the condition holds. */
  async until(condition: (run: Run) => boolean): Promise<Run> {
    return eventually(() => this.readRun(), condition);
  }

  async remember(): Promise<void> {
    this.before = await this.readEverything();
    this.runObjectsBefore = await service().runObjects();
  }
}

export function toRun(answer: Answer): Run {
  assert.ok(answer.status === 200 || answer.status === 202, `${answer.status}: ${answer.text}`);
  assert.equal(answer.mediaType, "application/json");
  return runSchema.parse(answer.json());
}

/** Asks until the condition holds; what comes after an answer, such as D1, has no other signal. */
export async function eventually<T>(
  ask: () => Promise<T>,
  condition: (value: T) => boolean,
): Promise<T> {
  const deadline = Date.now() + SETTLES_WITHIN_MS;
  for (;;) {
    const value = await ask();
    if (condition(value)) return value;
    assert.ok(
      Date.now() < deadline,
      `not within ${SETTLES_WITHIN_MS} ms: ${JSON.stringify(value)}`,
    );
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
  }
}

setWorldConstructor(Scenario);
