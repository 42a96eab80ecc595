/**
 * `npm run collector-check`: a run of the local Worker, seen by a real OpenTelemetry collector with
 * docs/collector.yaml. Builds the collector with Go when there is none (`OTELCOL` names one), and
 * keeps it in .wrangler/collector. Says that it was not run where there is neither.
 *
 * Not part of `npm test`, which reads what is sent with the protocol's definitions instead.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { LocalCopy } from "../support/local-copy.ts";
import { freePort } from "../support/free-port.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const FOLDER = `${ROOT}.wrangler/collector`;
const BUILDER = "go.opentelemetry.io/collector/cmd/builder@v0.150.0";
const TRACE = { id: "4bf92f3577b34da6a3ce929d0e0e4736", parent: "00f067aa0ba902b7" };
/** Name and parent of each span of the main job. */
const EXPECTED = [
  ["run content_draft_flow", "the caller"],
  ["start content_draft_flow", "run content_draft_flow"],
  ["form form", "run content_draft_flow"],
  ["resume content_draft_flow", "run content_draft_flow"],
  ["ai_generate generate", "run content_draft_flow"],
  ["attempt generate", "ai_generate generate"],
  ["chat mock", "attempt generate"],
  ["approval approval", "run content_draft_flow"],
  ["resume content_draft_flow", "run content_draft_flow"],
].map((pair) => pair.join(" < "));

interface SeenSpan {
  traceId: string;
  parentId: string;
  id: string;
  name: string;
}

function notRun(reason: string): never {
  console.log(`The collector check was not run: ${reason}`);
  process.exit(0);
}

/** The path of a collector, built if need be. */
function findCollector(): string {
  const given = process.env["OTELCOL"];
  if (given !== undefined) return given;
  const binary = `${FOLDER}/dist/otelcol`;
  if (existsSync(binary)) return binary;
  if (spawnSync("go", ["version"]).status !== 0) {
    notRun("there is no Go to build a collector with. Set OTELCOL to the path of a collector.");
  }
  console.log("Building a collector; this takes a minute or two.");
  mkdirSync(FOLDER, { recursive: true });
  const env = { ...process.env, GOBIN: FOLDER, GOFLAGS: "-buildvcs=false" };
  const options = { cwd: FOLDER, env, encoding: "utf8" } as const;
  for (const [program, ...args] of [
    ["go", "install", BUILDER],
    [`${FOLDER}/builder`, "--config", `${ROOT}test/collector/builder.yaml`, "--output-path=dist"],
  ] as const) {
    const { status, stderr } = spawnSync(program, args, options);
    const lastLine = stderr.trim().split("\n").at(-1);
    if (status !== 0) notRun(`the collector could not be built (${lastLine}).`);
  }
  return binary;
}

/** A collector that is ready, and what it has printed. */
async function startCollector(binary: string, port: number) {
  const env = { ...process.env, OTLP_HTTP_ENDPOINT: `127.0.0.1:${port}` };
  const child = spawn(binary, ["--config", `${ROOT}docs/collector.yaml`], { env });
  const output = { text: "" };
  await new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output.text += chunk.toString();
      if (output.text.includes("Everything is ready")) resolve();
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.once("exit", () => reject(new Error(`the collector ended:\n${output.text}`)));
    child.once("error", reject);
  });
  return { child, output };
}

/** What the debug exporter printed. */
function spansIn(text: string): SeenSpan[] {
  const blocks = text.split(/^Span #\d+$/m).slice(1);
  const field = (block: string, name: string) =>
    new RegExp(`^ +${name} +: ?(.*)$`, "m").exec(block)?.[1] ?? "";
  return blocks.map((block) => ({
    traceId: field(block, "Trace ID"),
    parentId: field(block, "Parent ID"),
    id: field(block, "ID"),
    name: field(block, "Name"),
  }));
}

async function playMainJob(copy: LocalCopy): Promise<void> {
  const traceparent = `00-${TRACE.id}-${TRACE.parent}-01`;
  const body = { workflow_id: "content_draft_flow" };
  const { id } = await copy.run("POST", "/v1/executions", body, { traceparent });
  const resume = (answer: object) => copy.run("POST", `/v1/executions/${id}/resume`, answer);
  await resume({ inputs: { topic: "Launch", audience: "SMB" } });
  await resume({ approvals: [{ step_id: "approval", approved: true }] });
}

function judge(spans: SeenSpan[]): string[] {
  const nameOf = new Map(spans.map((span) => [span.id, span.name]));
  nameOf.set(TRACE.parent, "the caller");
  const seen = spans.map(({ name, parentId }) => `${name} < ${nameOf.get(parentId) ?? "nobody"}`);
  console.log(seen.join("\n"));
  const traces = [...new Set(spans.map((span) => span.traceId))];
  return [
    ...(traces.join() === TRACE.id ? [] : [`traces: ${traces.join(", ")}`]),
    ...(seen.toSorted().join("\n") === EXPECTED.toSorted().join("\n")
      ? []
      : [`expected:\n${EXPECTED.join("\n")}`]),
  ];
}

async function main(): Promise<void> {
  const binary = findCollector();
  const port = await freePort();
  const copy = await LocalCopy.create([
    `OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:${port}`,
    "TRACE_REQUEST_RATIO=0",
  ]);
  let collector: ChildProcess | null = null;
  try {
    const started = await startCollector(binary, port);
    collector = started.child;
    await copy.start();
    await playMainJob(copy);
    const deadline = Date.now() + 30_000;
    const isComplete = () => spansIn(started.output.text).length >= EXPECTED.length;
    while (!isComplete() && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const problems = judge(spansIn(started.output.text));
    for (const problem of problems) console.error(problem);
    console.log(problems.length === 0 ? "The collector has the trace." : "That is another trace.");
    process.exitCode = problems.length === 0 ? 0 : 1;
  } finally {
    collector?.removeAllListeners("exit").kill("SIGTERM");
    await copy.dispose();
  }
}

await main();
