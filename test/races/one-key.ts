/**
 * R4: many starts with one key, a hundred at a time, are one run. Which of the bodies makes it is
 * decided by the race; each start with that body gets the run, each other body is refused.
 */
import { runListSchema, runSchema } from "#model/run.ts";
import type { Answer, Client } from "../support/http.ts";
import { inLanes, type RaceResult, Tally } from "./lanes.ts";

export const AT_ONCE = 100;
/** One in so many has another body. */
const OTHER_BODY = 50;

export interface OneKeyPlan {
  name: string;
  /** Keys, each of them new: the race is about who makes the run. */
  keys: number;
  startsEach: number;
  deadline: number;
}

export async function raceOneKey(client: Client, plan: OneKeyPlan): Promise<RaceResult> {
  const broken: string[] = [];
  const tally = new Tally();
  let rounds = 0;
  for (let key = 0; key < plan.keys; key++) {
    const race = new OneKey(client, `race-${key}-${crypto.randomUUID()}`, tally, broken);
    rounds += await inLanes(plan.startsEach, AT_ONCE, plan.deadline, (index) => race.start(index));
    await race.conclude();
  }
  const asked = plan.keys * plan.startsEach;
  if (rounds < asked) broken.push(`${rounds} of ${asked} starts in the time given`);
  return { name: plan.name, rounds, figures: tally.counts, broken };
}

class OneKey {
  readonly #client: Client;
  readonly #key: string;
  readonly #tally: Tally;
  readonly #broken: string[];
  readonly #ids = new Set<string>();
  /** By body. */
  readonly #statuses = new Map<string, Set<number>>();
  #made = 0;

  constructor(client: Client, key: string, tally: Tally, broken: string[]) {
    this.#client = client;
    this.#key = key;
    this.#tally = tally;
    this.#broken = broken;
  }

  async start(index: number): Promise<void> {
    const isOther = index % OTHER_BODY === OTHER_BODY - 1;
    const inputs = isOther ? { topic: `another ${index}` } : {};
    const answer = await this.#client.post(
      "/v1/executions",
      { workflow_id: "content_draft_flow", inputs, run_opts: { tags: [tagOf(this.#key)] } },
      { "idempotency-key": this.#key },
    );
    this.#take(JSON.stringify(inputs), answer);
  }

  #take(body: string, answer: Answer): void {
    const seen = this.#statuses.get(body) ?? new Set<number>();
    this.#statuses.set(body, seen.add(answer.status));
    if (answer.status === 422) {
      this.#tally.add("another body: 422");
    } else if (answer.status === 202) {
      this.#ids.add(runSchema.parse(answer.json()).id);
      const isReplayed = answer.headers.get("idempotent-replayed") === "true";
      if (!isReplayed) this.#made += 1;
      this.#tally.add(isReplayed ? "replayed" : "started");
    } else {
      this.#broken.push(`a start was answered with ${answer.status}: ${answer.text.slice(0, 200)}`);
    }
  }

  /** One body that is taken each time, one id, one start that was no replay, one run in the list. */
  async conclude(): Promise<void> {
    const taken = [...this.#statuses.values()].filter((statuses) => statuses.has(202));
    if (taken.length !== 1) this.#broken.push(`${taken.length} bodies were taken for one key`);
    if (taken.some((statuses) => statuses.size > 1)) {
      this.#broken.push("the body that made the run was refused, too");
    }
    if (this.#ids.size !== 1) this.#broken.push(`${this.#ids.size} ids for one key`);
    if (this.#made !== 1) this.#broken.push(`${this.#made} starts of one key were no replay`);
    const tag = encodeURIComponent(tagOf(this.#key));
    const listed = await this.#listed(`/v1/executions?tag=${tag}`);
    this.#tally.add("runs in the list", listed.length);
    if (listed.length !== 1 || !this.#ids.has(listed[0] ?? "")) {
      this.#broken.push(`the list has ${listed.length} runs of one key`);
    }
  }

  /** The projection is a moment behind. */
  async #listed(path: string): Promise<string[]> {
    for (let tries = 0; ; tries++) {
      const answer = await this.#client.get(path);
      const { items } = runListSchema.parse(answer.json());
      if (items.length > 0 || tries > 100) return items.map(({ id }) => id);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

function tagOf(key: string): string {
  return key.slice(0, 60);
}
