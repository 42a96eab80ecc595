/**
 * `npm run perf:lists`: rows that D1 reads for a page of 50 of a million finished runs: each filter
 * of `GET /v1/executions` alone and all of them together, at the beginning, in the middle and at the
 * end. Asked of the service, so that the queries are those of the route. Ends with 1 when a page
 * reads more than P8 allows. Usage: `npm run perf:lists [runs]`.
 */
import { cpus } from "node:os";
import { z } from "zod";
import { sealCursor } from "#security/cursor.ts";
import { firstSecret } from "#security/server-secrets.ts";
import { type CountingRig, openCountingRig, SERVER_SECRET } from "./counting-rig.ts";

const RUNS = Number(process.argv[2] ?? 1_000_000);
/** Of one statement. */
const AT_ONCE = 20_000;
const WORKFLOWS = 50;
const STEP_S = 10;
const FIRST_AT = Date.parse("2026-06-01T00:00:00.000Z");
/** Pages that follow each place. */
const PAGES = 3;

/**
 * A run every ten seconds, in 50 workflows. 1 in 7 failed, 1 in 7 was canceled, the others
 * completed. Their ids stand in another order than their times. Every second has the tag `even`,
 * one in 20,000 the tag `rare`.
 */
async function fill({ database }: CountingRig): Promise<void> {
  for (let from = 0; from < RUNS; from += AT_ONCE) {
    const until = Math.min(from + AT_ONCE, RUNS);
    await database
      .prepare(
        `WITH RECURSIVE numbers(n) AS (SELECT ${from} UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < ${until})
        INSERT INTO runs (id, workflow_id, workflow_version, status, created_at, updated_at, ended_at,
          created_by, tags, output, mock, tokens_prompt, tokens_output, cost_usd, ai_calls, seq)
        SELECT 'run_' || printf('%026d', n * 7919 % 1000003), 'flow_' || (n / 7 % ${WORKFLOWS}), 1,
          CASE n % 7 WHEN 0 THEN 'failed' WHEN 1 THEN 'canceled' ELSE 'completed' END,
          strftime('%Y-%m-%dT%H:%M:%fZ', ${FIRST_AT / 1000} + n * ${STEP_S}, 'unixepoch'),
          strftime('%Y-%m-%dT%H:%M:%fZ', ${FIRST_AT / 1000} + n * ${STEP_S}, 'unixepoch'),
          strftime('%Y-%m-%dT%H:%M:%fZ', ${FIRST_AT / 1000} + n * ${STEP_S}, 'unixepoch'),
          'dev', CASE WHEN n % 20000 = 0 THEN '["even","rare"]' WHEN n % 2 = 0 THEN '["even"]'
            ELSE '[]' END, '{"title":"Launch"}', 1, 300, 200, 0, 1, 12
        FROM numbers`,
      )
      .run();
  }
  for (const [tag, every] of [
    ["even", 2],
    ["rare", 20_000],
  ] as const) {
    await database
      .prepare(
        `INSERT INTO run_tags (tag, created_at, run_id)
        SELECT '${tag}', created_at, id FROM runs
        WHERE (unixepoch(created_at) - ${FIRST_AT / 1000}) / ${STEP_S} % ${every} = 0`,
      )
      .run();
  }
}

const timeOf = (share: number) =>
  new Date(FIRST_AT + Math.floor(RUNS * share) * STEP_S * 1000).toISOString();

type Filters = Readonly<Record<string, string>>;

const VALUES: Readonly<Record<string, readonly string[]>> = {
  status: ["completed", "failed", "waiting"],
  workflow_id: ["flow_3", "nothing"],
  tag: ["even", "rare", "nothing"],
  created_after: [timeOf(0.2)],
  created_before: [timeOf(0.9)],
};

/** Every combination of these filters, with each of their values. */
function combinations(names: readonly string[]): Filters[] {
  const [name, ...others] = names;
  if (name === undefined) return [{}];
  return combinations(others).flatMap((rest) => [
    rest,
    ...(VALUES[name] ?? []).map((value) => ({ [name]: value, ...rest })),
  ]);
}

/** What P8 allows: each filter alone, and workflow with status; everything else. */
function allowed(filters: Filters): number {
  const names = Object.keys(filters).toSorted().join(" ");
  return names.includes(" ") && names !== "status workflow_id" ? 1_000 : 101;
}

interface Caller {
  key: string;
  principal: string;
  workflowScope: string | null;
}

const pageSchema = z.object({
  items: z.array(z.object({ id: z.string() })),
  next_cursor: z.string().nullable(),
});

interface Page {
  rows: number;
  items: number;
  next: string | null;
}

async function readPage(
  { url }: CountingRig,
  { key }: Caller,
  filters: Filters,
  cursor: string | null,
): Promise<Page> {
  const query = new URLSearchParams({ ...filters, ...(cursor === null ? {} : { cursor }) });
  const response = await fetch(new URL(`/v1/executions?${query}`, url), {
    headers: { authorization: `Bearer ${key}` },
  });
  if (!response.ok) throw new Error(`${query}: ${response.status} ${await response.text()}`);
  const { items, next_cursor: next } = pageSchema.parse(await response.json());
  return { rows: Number(response.headers.get("x-d1-rows-read")), items: items.length, next };
}

/** The cursor of a place that paging from the beginning would take thousands of pages to reach. */
function cursorAt({ principal, workflowScope }: Caller, filters: Filters, share: number) {
  const given = Object.entries(filters).toSorted(([left], [right]) => (left < right ? -1 : 1));
  const list = JSON.stringify(["listExecutions", principal, workflowScope, given]);
  return sealCursor(firstSecret(SERVER_SECRET), list, `${timeOf(share)} run_z`);
}

/** The most rows that a page read: at the beginning, in the middle, and to the end. */
async function most(rig: CountingRig, caller: Caller, filters: Filters): Promise<Page> {
  let worst: Page = { rows: 0, items: 0, next: null };
  const places = [null, 0.85, 0.5, 0.21, 0.0002, 0.00002];
  for (const share of places) {
    let cursor = share === null ? null : await cursorAt(caller, filters, share);
    for (let page = 0; page < PAGES; page++) {
      const read = await readPage(rig, caller, filters, cursor);
      if (read.rows > worst.rows) worst = read;
      cursor = read.next;
      if (cursor === null) break;
    }
  }
  return worst;
}

async function limitedCaller({ url, key }: CountingRig): Promise<Caller> {
  const response = await fetch(new URL("/v1/keys", url), {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ name: "limited", scopes: ["runs:read"], workflow_id: "flow_3" }),
  });
  const keySchema = z.object({ key: z.string(), principal_id: z.string() });
  const made = keySchema.parse(await response.json());
  return { key: made.key, principal: made.principal_id, workflowScope: "flow_3" };
}

interface Group {
  combinations: number;
  rows: number;
  worst: Filters;
  allowed: number;
}

/** By the names of the filters: the worst of all their values. */
async function measure(rig: CountingRig, caller: Caller): Promise<Map<string, Group>> {
  const groups = new Map<string, Group>();
  const names = Object.keys(VALUES).filter(
    (name) => name !== "workflow_id" || !caller.workflowScope,
  );
  for (const filters of combinations(names)) {
    const scoped = caller.workflowScope
      ? { workflow_id: caller.workflowScope, ...filters }
      : filters;
    const name = Object.keys(filters).toSorted().join(" + ") || "(none)";
    const { rows } = await most(rig, caller, filters);
    const known = groups.get(name);
    const isWorst = rows > (known?.rows ?? -1);
    groups.set(name, {
      combinations: (known?.combinations ?? 0) + 1,
      rows: Math.max(rows, known?.rows ?? 0),
      worst: isWorst ? filters : (known?.worst ?? {}),
      allowed: allowed(scoped),
    });
  }
  return groups;
}

function report(who: string, groups: Map<string, Group>): void {
  console.log(`\n${who}: the most rows that a page of 50 read`);
  for (const [name, { rows, worst, allowed: bound, combinations: count }] of groups) {
    const isMissed = rows > bound || rows === 0;
    if (isMissed) process.exitCode = 1;
    const values = Object.values(worst).join(", ");
    console.log(
      `${String(rows).padStart(5)} (≤ ${String(bound).padEnd(4)}) ${isMissed ? "missed " : ""}${name}${count === 1 ? "" : `, the most of ${count}: ${values}`}`,
    );
  }
}

async function main(): Promise<void> {
  const rig = await openCountingRig();
  try {
    const startedAt = performance.now();
    await fill(rig);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
    console.log(
      `${RUNS} finished runs, written in ${seconds} s, ${cpus().length} cores, ${new Date().toISOString().slice(0, 10)}`,
    );
    report(
      "Any caller",
      await measure(rig, { key: rig.key, principal: "dev", workflowScope: null }),
    );
    report("A key that is limited to one workflow", await measure(rig, await limitedCaller(rig)));
  } finally {
    await rig.close();
  }
}

await main();
