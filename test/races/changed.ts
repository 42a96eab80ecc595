/**
 * A workflow, its template and its secret change while runs are under way and starts come in. A run
 * keeps the version and the templates that it was started with; a start after the answer to the
 * change takes the new ones; secrets are read at each attempt. A hidden workflow takes no starts, and
 * its runs go on.
 */
import { scheduler } from "node:timers/promises";
import { historySchema, type Run, runSchema } from "#model/run.ts";
import type { Client } from "../support/http.ts";
import { inLanes, type RaceResult, Tally } from "./lanes.ts";
import type { Witness } from "./witness.ts";

const STARTS_BESIDE = 8;
const APART_MS = 4;
const LANES = 3;

export interface ChangedPlan {
  rounds: number;
  deadline: number;
}

/** Everything that a version leaves in its runs names the version. */
function workflowOf(name: string, version: number, host: string): string {
  const schema =
    "{ type: object, additionalProperties: false, properties: { draft: { type: string } }, required: [draft] }";
  return `id: ${name}
name: Version ${version}
start_step: ask
steps:
  - { id: ask, type: form, name: Ask, next: draft_v${version}, config: { fields: [{ key: topic, type: string, required: true }] } }
  - { id: draft_v${version}, type: ai_generate, name: Write, next: call_v${version}, config: { template_id: ${name}, variables: [topic], json_schema: ${schema} } }
  - { id: call_v${version}, type: api_call, name: Call, config: { url: "http://${host}/${name}", method: PUT, headers: { X-Secret: "{{secrets.${name}}}" } } }
`;
}

export async function raceChanges(
  client: Client,
  witness: Witness,
  { rounds, deadline }: ChangedPlan,
): Promise<RaceResult> {
  const tally = new Tally();
  const broken: string[] = [];
  const done = await inLanes(rounds, LANES, deadline, async (index) => {
    const name = `changed_${index}_${crypto.randomUUID().slice(0, 8)}`;
    await new Changed(client, witness, name, tally, broken).play();
  });
  if (done < rounds) broken.push(`${done} of ${rounds} changes in the time given`);
  return { name: "changed", rounds: done, figures: tally.counts, broken };
}

class Changed {
  readonly #client: Client;
  readonly #witness: Witness;
  readonly #name: string;
  readonly #tally: Tally;
  readonly #broken: string[];

  constructor(client: Client, witness: Witness, name: string, tally: Tally, broken: string[]) {
    this.#client = client;
    this.#witness = witness;
    this.#name = name;
    this.#tally = tally;
    this.#broken = broken;
  }

  async play(): Promise<void> {
    await this.#prepare(1);
    await this.#store(1);
    const before = await this.#starts(2);
    await this.#prepare(2);
    // Starts and the change at the same time: each gets one of the two, whole.
    const [beside] = await Promise.all([this.#startsOverTime(), this.#store(2)]);
    const after = await this.#starts(2);
    this.#expectVersions("before the change", before, [1]);
    this.#expectVersions("beside it", beside, [1, 2]);
    this.#expectVersions("after it", after, [2]);
    const [resumed] = await Promise.all([this.#resumeAll([...before, ...beside]), this.#hide()]);
    const refused = await this.#client.post("/v1/executions", { workflow_id: this.#name });
    if (refused.status !== 404) this.#say(`a start of a hidden workflow: ${refused.status}`);
    const last = await this.#resumeAll(after);
    for (const run of [...resumed, ...last]) await this.#judge(run);
  }

  #say(what: string): void {
    this.#broken.push(`${this.#name}: ${what}`);
  }

  /** The secret and the template: the version that needs them is not there before them. */
  async #prepare(version: number): Promise<void> {
    const secret = await this.#client.put(`/v1/secrets/${this.#name}`, {
      value: `secret of version ${version}`,
    });
    const template = await this.#client.put(`/v1/templates/${this.#name}`, {
      prompt: `Version ${version}: {{topic}}`,
    });
    for (const { status, text } of [secret, template]) {
      if (status >= 300) this.#say(`a write: ${status} ${text.slice(0, 300)}`);
    }
  }

  async #store(version: number): Promise<void> {
    const text = workflowOf(this.#name, version, this.#witness.host);
    const { status, text: said } =
      version === 1
        ? await this.#client.yaml("POST", "/v1/workflows", text)
        : await this.#client.yaml("PUT", `/v1/workflows/${this.#name}`, text);
    if (status >= 300) this.#say(`a write: ${status} ${said.slice(0, 300)}`);
  }

  async #hide(): Promise<void> {
    const { status } = await this.#client.delete(`/v1/workflows/${this.#name}`);
    if (status !== 204) this.#say(`hiding: ${status}`);
  }

  #starts(count: number): Promise<Run[]> {
    const start = async () => {
      const answer = await this.#client.post("/v1/executions", { workflow_id: this.#name });
      if (answer.status !== 202) throw new Error(`start: ${answer.status} ${answer.text}`);
      return runSchema.parse(answer.json());
    };
    return Promise.all(Array.from({ length: count }, start));
  }

  /** From right before the change to some time after it. */
  async #startsOverTime(): Promise<Run[]> {
    const runs = Array.from({ length: STARTS_BESIDE }, async (_, index) => {
      await scheduler.wait(index * APART_MS);
      return this.#starts(1);
    });
    return (await Promise.all(runs)).flat();
  }

  #expectVersions(when: string, runs: readonly Run[], versions: readonly number[]): void {
    for (const { workflow_version: version, id } of runs) {
      this.#tally.add(`${when}: version ${version}`);
      if (!versions.includes(version)) this.#say(`${id}, started ${when}, has version ${version}`);
    }
  }

  #resumeAll(runs: readonly Run[]): Promise<Run[]> {
    const resume = async ({ id }: Run) => {
      const body = { inputs: { topic: "x" } };
      const answer = await this.#client.post(`/v1/executions/${id}/resume`, body);
      if (answer.status !== 200) throw new Error(`resume: ${answer.status} ${answer.text}`);
      return runSchema.parse(answer.json());
    };
    return Promise.all(runs.map(resume));
  }

  /** The steps, the template and the call of a run are those of its version. */
  async #judge({ id, workflow_version: version }: Run): Promise<void> {
    const ended = await this.#ended(id);
    if (ended.status !== "completed") {
      this.#say(`${id} is ${ended.status}: ${JSON.stringify(ended.error)}`);
      return;
    }
    if (ended.workflow_version !== version) this.#say(`${id} went to ${ended.workflow_version}`);
    const { steps, events } = historySchema.parse(
      (await this.#client.get(`/v1/executions/${id}/history`)).json(),
    );
    const names = steps.map(({ step_id }) => step_id).join(" ");
    if (names !== `ask draft_v${version} call_v${version}`) this.#say(`${id} went ${names}`);
    const created = events.find((event) => event.type === "run.created");
    const kept = created?.type === "run.created" ? created.data.templates[this.#name] : undefined;
    const asked = events.find((event) => event.type === "ai.request");
    const used = asked?.type === "ai.request" ? asked.data.template_version : undefined;
    // A start beside the change may take the template of the new version with the old workflow.
    if (used !== kept) this.#say(`${id} was started with template ${kept} and used ${used}`);
    const [call] = this.#witness.callsOf(id);
    const secrets = ["secret of version 1", "secret of version 2"];
    if (!secrets.includes(call?.secret ?? "")) this.#say(`${id} sent ${call?.secret}`);
    // All runs here are resumed after the change, and secrets are read at the attempt.
    if (call?.secret !== secrets[1]) this.#say(`${id} sent the secret of before the change`);
  }

  async #ended(id: string): Promise<Run> {
    for (let tries = 0; ; tries++) {
      const run = runSchema.parse((await this.#client.get(`/v1/executions/${id}`)).json());
      if (run.ended_at !== undefined || tries > 200) return run;
      await scheduler.wait(25);
    }
  }
}
