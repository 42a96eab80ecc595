/**
 * Requests that ought to succeed: parameters and bodies by the schemas of the description, and ids,
 * tokens and answers from what the session has made. An operation that is new in the description is
 * tried by its schemas alone, until its sources are named here.
 */
import * as fc from "fast-check";
import type { Api, ApiOperation, Parameter } from "./api.ts";
import { answerOf, type Definition, MAIN_FLOW, modelSchemas } from "./definitions.ts";
import type { Draw } from "./draw.ts";
import type { Plan, PlannedBody } from "./plan.ts";
import { isSchema } from "./schema-values.ts";
import type { Waiting, World } from "./world.ts";

export interface Setting {
  api: Api;
  world: World;
  draw: Draw;
  definitions: fc.Arbitrary<Definition>;
  key: string;
}

/** What an operation needs to exist first, as the operation that makes it. */
const NEEDS: Readonly<Record<string, [(world: World) => boolean, maker: string]>> = {
  "/v1/workflows/{id}": [({ workflows }) => workflows.size > 0, "createWorkflow"],
  "/v1/executions": [({ workflows }) => workflows.size > 0, "createWorkflow"],
  "/v1/executions/{run_id}": [({ runs }) => runs.size > 0, "startExecution"],
  "/v1/executions/{run_id}/resume": [(world) => world.waiting().length > 0, "startExecution"],
  "/v1/executions/{run_id}/cancel": [(world) => world.waiting().length > 0, "startExecution"],
  "/resume/{token}": [(world) => tokensOf(world).length > 0, "startExecution"],
  "/v1/secrets/{name}": [({ secrets }) => secrets.size > 0, "putSecret"],
  "/v1/keys/{id}": [({ keys }) => keys.size > 0, "createKey"],
};

/** The id of the operation that has to succeed before this one can; null: none. */
export function missingFor(operation: ApiOperation, world: World): string | null {
  const prefixes = Object.keys(NEEDS).filter(
    (path) => operation.path === path || operation.path.startsWith(`${path}/`),
  );
  const longest = prefixes.toSorted((a, b) => b.length - a.length)[0];
  const [isThere, maker] = NEEDS[longest ?? ""] ?? [];
  if (isThere === undefined || maker === undefined || maker === operation.id) return null;
  // Lists need nothing, and what makes a name itself neither.
  const isMaker = operation.id === "putSecret" || operation.id === "listExecutions";
  return isMaker || isThere(world) ? null : maker;
}

export function validPlan(setting: Setting, operation: ApiOperation): Plan {
  const { draw, key } = setting;
  const aim = aimOf(setting, operation);
  const plan: Plan = {
    operation,
    method: operation.method,
    params: {},
    query: [],
    headers: [],
    authorization: operation.isSecured || draw.chance(10) ? `Bearer ${key}` : null,
    body: bodyOf(setting, operation, aim),
    changes: [],
    isBroken: false,
  };
  for (const parameter of operation.parameters) addParameter(setting, plan, parameter, aim);
  return plan;
}

/** The run that a request is about, where its body must fit the run. */
interface Aim {
  run: Waiting | null;
}

function aimOf({ world, draw }: Setting, { id }: ApiOperation): Aim {
  if (id === "answerResumePage") return { run: draw.oneOf(world.waiting().filter(hasToken)) };
  return {
    run: id === "resumeExecution" || id === "cancelExecution" ? draw.oneOf(world.waiting()) : null,
  };
}

function hasToken({ wait }: Waiting): boolean {
  return wait.type === "form"
    ? wait.resume_token !== undefined
    : (wait.resume_tokens ?? []).length > 0;
}

function tokenOf({ wait }: Waiting): string | undefined {
  return wait.type === "form" ? wait.resume_token : wait.resume_tokens?.[0]?.token;
}

function tokensOf(world: World): string[] {
  return world.waiting().flatMap((run) => tokenOf(run) ?? []);
}

function addParameter(setting: Setting, plan: Plan, parameter: Parameter, aim: Aim): void {
  const { name, required } = parameter;
  if (!required && !setting.draw.chance(25)) return;
  const value = parameterOf(setting, plan.operation, parameter, aim);
  if (value === null) return;
  if (parameter.in === "path") plan.params[name] = value;
  else plan[parameter.in === "query" ? "query" : "headers"].push([name, value]);
}

const PREFER = fc.constantFrom("wait=0", "wait=1", "respond-async", "respond-async, wait=1");

function parameterOf(
  { world, draw, api }: Setting,
  operation: ApiOperation,
  { name, schema }: Parameter,
  { run }: Aim,
): string | null {
  switch (name) {
    case "id":
      return idFor(operation, world, draw);
    case "version":
      return "1";
    case "run_id":
      return run?.id ?? draw.oneOf([...world.runs.keys()]);
    case "token":
      return (run === null ? null : tokenOf(run)) ?? draw.oneOf(tokensOf(world));
    case "name":
      return operation.method === "DELETE"
        ? draw.oneOf([...world.secrets])
        : world.name("FUZZ").toUpperCase();
    case "cursor":
      return world.cursors.get(operation.id) ?? null;
    case "workflow_id":
      return draw.oneOf([...world.workflows.keys(), "content_draft_flow"]);
    case "idempotency-key":
      return draw.chance(20) ? draw.oneOf([...world.idempotencyKeys]) : world.name("key");
    case "if-match":
      return "*";
    case "if-none-match":
      return draw.oneOf([...world.etags]);
    case "prefer":
      return draw(PREFER);
    case "last-event-id":
    case "after":
      return String(draw(fc.nat(5)));
    default:
      return String(draw(api.values.of(schema)));
  }
}

function idFor({ id, path }: ApiOperation, world: World, draw: Draw): string {
  if (path.startsWith("/v1/templates")) {
    return id === "putTemplate"
      ? world.name("fuzz")
      : (draw.oneOf([...world.templates]) ?? "content_v1");
  }
  if (path.startsWith("/v1/keys")) return draw.oneOf([...world.keys]) ?? "";
  return draw.oneOf([...world.workflows.keys()]) ?? "content_draft_flow";
}

function bodyOf(setting: Setting, operation: ApiOperation, aim: Aim): PlannedBody | null {
  const { draw } = setting;
  if (operation.body === null) return null;
  if (!operation.body.isRequired && draw.chance(40)) return null;
  const types = [...operation.body.schemas];
  if (types.some(([type]) => type === "application/yaml")) return workflowBody(setting, operation);
  if (types.some(([type]) => type === "application/x-www-form-urlencoded")) {
    return { kind: "form", pairs: formPairs(setting, aim) };
  }
  const [, schema = {}] = types.find(([type]) => type === "application/json") ?? [];
  const value = draw(setting.api.values.of(schema));
  const made = isSchema(value) ? { ...value } : value;
  return {
    kind: "json",
    value: isSchema(made) ? (SOURCES[operation.id]?.(setting, made, aim) ?? made) : made,
  };
}

function workflowBody({ world, draw, definitions }: Setting, { id }: ApiOperation): PlannedBody {
  const definition = draw.chance(35) ? draw(definitions) : MAIN_FLOW;
  const value =
    id === "createWorkflow"
      ? { id: world.name("fuzz"), ...definition }
      : { ...definition, name: world.name("Fuzz") };
  return { kind: draw.chance(50) ? "yaml" : "json", value };
}

type Body = Record<string, unknown>;

/** What the schema of a body cannot say: which names exist, and what a run waits for. */
const SOURCES: Readonly<Record<string, (setting: Setting, made: Body, aim: Aim) => Body>> = {
  startExecution: ({ world, draw }, made) => ({
    workflow_id: draw.oneOf([...world.workflows.keys()]) ?? "content_draft_flow",
    ...(draw.chance(30) ? { run_opts: withoutKey(made["run_opts"]) } : {}),
  }),
  resumeExecution: (setting, _made, { run }) => (run === null ? {} : answerTo(setting, run)),
  createKey: ({ world, draw }, { scopes }) => ({
    name: world.name("key"),
    scopes,
    ...(draw.chance(30) ? { workflow_id: draw.oneOf([...world.workflows.keys()]) ?? "fuzz" } : {}),
    ...(draw.chance(20) ? { expires_at: "2039-01-01T00:00:00Z" } : {}),
  }),
  infer: ({ draw, world }, { variables }) => ({
    template_id: draw.oneOf([...world.templates]),
    ...(variables === undefined ? {} : { variables }),
    json_schema: draw(modelSchemas),
    mock: true,
  }),
  dualRun: () => ({
    workflow_id: "content_draft_flow",
    inputs: { topic: "Launch", audience: "SMB" },
  }),
};

function withoutKey(options: unknown): unknown {
  if (!isSchema(options)) return {};
  const { idempotency_key: _key, mock_ai: _mock, ...rest } = options;
  return rest;
}

function answerTo({ draw }: Setting, { wait }: Waiting): Body {
  const token = draw.chance(20) && wait.type === "form" ? { resume_token: wait.resume_token } : {};
  const number = draw.chance(30) ? { wait_number: wait.number } : {};
  if (wait.type === "approval") {
    return {
      approvals: [{ step_id: wait.step_id, approved: !draw.chance(30), comment: "x" }],
      ...number,
    };
  }
  const given = wait.fields.filter(({ required }) => required || draw.chance(60));
  return {
    inputs: Object.fromEntries(given.map(({ key, type }) => [key, draw(answerOf(type))])),
    ...number,
    ...token,
  };
}

/** As the page behind a resume link sends them. */
function formPairs({ draw }: Setting, { run }: Aim): [string, string][] {
  if (run === null) return [];
  const { wait } = run;
  if (wait.type === "approval") return [["decision", draw.chance(50) ? "reject" : "approve"]];
  return wait.fields.flatMap(({ key, type }) => {
    const value = draw(answerOf(type));
    const texts = Array.isArray(value) ? value.map(String) : [String(value)];
    return texts.map((text): [string, string] => [`a.${key}`, text]);
  });
}
