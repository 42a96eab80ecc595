/**
 * The names that the project speaks in, event types, statuses, routes and codes, are the same in
 * the contract, the model, the API description, the scenarios, the fixtures and the mocks. A change
 * of one of them is a change of all.
 */
import { readdirSync } from "node:fs";
import { parse } from "yaml";
import { HttpHandler } from "msw";
import { describe, expect, it } from "vitest";
import { RECORDING } from "../../features/fixtures/fixtures.ts";
import { EVENT_TYPES } from "#model/event.ts";
import { FAILURE_CODES } from "#model/failure.ts";
import { RUN_STATUSES } from "#model/run.ts";
import { FIELD_TYPES, STEP_TYPES } from "#model/workflow.ts";
import { ROOT } from "#cli/paths.ts";
import { createHandlers } from "../../stories/mocks/handlers.ts";
import { firstColumn, readDocument, sectionsOf } from "./document.ts";

interface Described {
  info: { version: string };
  paths: Record<string, Record<string, { operationId: string }>>;
  components: { schemas: Record<string, DescribedSchema> };
}

interface DescribedSchema {
  properties?: Record<string, { enum?: string[] }>;
  discriminator?: { mapping: Record<string, string> };
}

const contract = readDocument("docs/contract.md");
const described = parse(readDocument("openapi.yaml")) as Described;

const features = readdirSync(`${ROOT}features`)
  .filter((name) => name.endsWith(".feature"))
  .map((name) => ({ name, text: readDocument(`features/${name}`) }));

function sectionOf(heading: string): string {
  const levels = [2, 3].flatMap((level) => sectionsOf(contract, level));
  const section = levels.find((one) => one.heading === heading);
  if (!section) throw new Error(`docs/contract.md has no section "${heading}"`);
  return section.text;
}

/** Names in back-ticks, one or more in each. */
function quoted(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].flatMap(([, names = ""]) => names.split(/,\s*/));
}

const operations = Object.entries(described.paths).flatMap(([path, methods]) =>
  Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
);

function enumOf(schema: string, property: string): string[] | undefined {
  return described.components.schemas[schema]?.properties?.[property]?.enum;
}

describe("event types", () => {
  const named = sectionOf("Events")
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .flatMap((line) => quoted(line.split("|")[1] ?? ""));

  it("are those of the model in the contract", () => {
    expect(named.toSorted()).toEqual([...EVENT_TYPES].toSorted());
  });

  it("are those of the model in the API description", () => {
    const mapping = described.components.schemas["RunEvent"]?.discriminator?.mapping ?? {};
    expect(Object.keys(mapping)).toEqual([...EVENT_TYPES]);
  });

  it("are those of the model in the scenarios, and each of them occurs", () => {
    const used = features.flatMap(({ text }) =>
      [...text.matchAll(/\| ((?:run|step|ai)\.[a-z]+) +\|/g)].map(([, type = ""]) => type),
    );
    const known: readonly string[] = EVENT_TYPES;
    expect(used.filter((type) => !known.includes(type))).toEqual([]);
    expect(known.filter((type) => !features.some(({ text }) => text.includes(type)))).toEqual([]);
  });
});

describe("statuses of runs", () => {
  it("are those of the model in the contract", () => {
    const sentence = /^`status` is ([^.]+)\./m.exec(sectionOf("Runs"))?.[1] ?? "";
    expect(quoted(sentence)).toEqual([...RUN_STATUSES]);
  });

  it("are those of the model in the API description", () => {
    expect(enumOf("Run", "status")).toEqual([...RUN_STATUSES]);
  });

  it("are those of the model in the scenarios", () => {
    const used = features.flatMap(({ text }) =>
      [...text.matchAll(/run status "([^"]*)"/g)].map(([, status = ""]) => status),
    );
    const known: readonly string[] = RUN_STATUSES;
    expect(used.length).toBeGreaterThan(0);
    expect(used.filter((status) => !known.includes(status))).toEqual([]);
  });
});

describe("types and codes", () => {
  it("of steps are those of the model in the contract", () => {
    const rows = sectionOf("Step types").split("\n");
    const table = rows.slice(rows.findIndex((row) => row.startsWith("| type |"))).join("\n");
    expect(firstColumn(table)).toEqual([...STEP_TYPES]);
  });

  it("of fields are those of the model in the contract", () => {
    const list = /Types are `([^`]+)`/.exec(sectionOf("form"))?.[1]?.split(", ");
    expect(list).toEqual([...FIELD_TYPES]);
  });

  it("of failures are those of the model in the contract", () => {
    const list = /Codes of a failed step or run: `([^`]+)`/.exec(sectionOf("Runs"))?.[1];
    expect(list?.split(", ")).toEqual([...FAILURE_CODES]);
  });
});

describe("routes", () => {
  /** A first cell names one route or more: "`PUT`" alone has the path that comes after it. */
  const promised = sectionOf("Routes")
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .flatMap((line) => {
      const cell = quoted(line.split("|")[1] ?? "");
      const [method = ""] = (cell[0] ?? "").split(" ");
      return cell.map((one) => (one.startsWith("/") ? `${method} ${one}` : one));
    });

  it("of the API description are all in the contract", () => {
    expect(operations.filter((route) => !promised.includes(route))).toEqual([]);
  });

  it("of the contract are all in the API description, but for the pages that it is served on", () => {
    const pages = ["/openapi.yaml", "/openapi.json", "/docs", "/schema/", "/problems/", "/"];
    const isPage = (route: string) =>
      pages.some((page) => (page === "/" ? route === "GET /" : route.startsWith(`GET ${page}`)));
    expect(promised.filter((route) => !isPage(route) && !operations.includes(route))).toEqual([]);
  });

  it("that scenarios name are in the API description", () => {
    const patterns = Object.keys(described.paths).map(
      (path) => new RegExp(`^${path.replaceAll(/\{[^}]+\}/g, "[^/]+")}$`),
    );
    const named = features.flatMap(({ text }) =>
      [...text.matchAll(/(?:POST|GET|PUT|DELETE)(?: it)?(?: to)? (\/v1\/[^\s"?]+)/g)].map(
        ([, path = ""]) => path,
      ),
    );
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((path) => !patterns.some((pattern) => pattern.test(path)))).toEqual([]);
  });
});

describe("fixtures", () => {
  const text = JSON.stringify(RECORDING);

  it("have only event types of the model", () => {
    const known: readonly string[] = EVENT_TYPES;
    const used = [...text.matchAll(/"type":"((?:run|step|ai)\.[a-z]+)"/g)].map(([, type]) => type);
    expect(used.length).toBeGreaterThan(0);
    expect(used.filter((type) => !known.includes(type ?? ""))).toEqual([]);
  });

  it("show a run in each state that the contract lets a caller see", () => {
    const shown = new Set(
      [...text.matchAll(/"workflow_version":\d+,"status":"([a-z]+)"/g)].map(([, status]) => status),
    );
    const unseen = RUN_STATUSES.filter((status) => !shown.has(status));
    expect(unseen.filter((status) => status !== "queued" && status !== "running")).toEqual([]);
  });
});

describe("mocks", () => {
  const mocked = createHandlers().flatMap((handler) =>
    handler instanceof HttpHandler && typeof handler.info.method === "string"
      ? [`${handler.info.method} ${String(handler.info.path).replace(/^\*/, "")}`]
      : [],
  );

  it("answer only at routes of the API description", () => {
    const known = new Set(operations.map((route) => route.replaceAll(/\{[^}]+\}/g, ":")));
    const shapes = mocked.map((route) => route.replaceAll(/:\w+/g, ":"));
    expect(shapes.length).toBeGreaterThan(0);
    expect(shapes.filter((route) => !known.has(route))).toEqual([]);
  });

  it("take what they answer from the fixtures of the scenarios", () => {
    const users = ["stories/mocks/handlers.ts", "features/support/workflows.ts"];
    expect(users.filter((path) => !readDocument(path).includes("fixtures/"))).toEqual([]);
  });
});

describe("the version of the contract", () => {
  it("is that of the package and of the API description", () => {
    const version = /^What does this service promise\? Version (\d+\.\d+\.\d+),/m.exec(
      contract,
    )?.[1];
    const { version: packaged } = JSON.parse(readDocument("package.json")) as { version: string };
    expect([packaged, described.info.version]).toEqual([version, version]);
  });
});
