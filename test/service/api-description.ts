/** The API description as far as the tests read it, and whether an answer is as it says. */
import { Validator } from "@cfworker/json-schema";
import { z } from "zod";
import type { Answer, Client } from "../support/http.ts";

const jsonSchema = z.record(z.string(), z.unknown());

const responseSchema = z.object({
  description: z.string(),
  headers: z.record(z.string(), z.unknown()).optional(),
  content: z.record(z.string(), z.object({ schema: jsonSchema })).optional(),
});

const operationSchema = z.object({
  operationId: z.string(),
  description: z.string(),
  security: z.array(z.unknown()).optional(),
  responses: z.record(z.string(), z.union([z.object({ $ref: z.string() }), responseSchema])),
});

const descriptionSchema = z.object({
  openapi: z.literal("3.1.0"),
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
  components: z.looseObject({ responses: z.record(z.string(), responseSchema) }),
});

export interface DescribedOperation {
  id: string;
  /** In upper case. */
  method: string;
  path: string;
  description: string;
  /** Whether it takes a key. */
  isSecured: boolean;
  responses: Readonly<Record<string, z.infer<typeof responseSchema>>>;
}

export interface ApiDescription {
  operations: DescribedOperation[];
  /** What the `$ref`s of the schemas lead to. */
  components: Record<string, unknown>;
}

/** As it is served. */
export async function readDescription(client: Client): Promise<ApiDescription> {
  const answer = await client.send({ method: "GET", path: "/openapi.json", key: null });
  return toDescription(answer.json());
}

const RESPONSES = "#/components/responses/";

export function toDescription(document: unknown): ApiDescription {
  const { paths, components } = descriptionSchema.parse(document);
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(
      ([method, { operationId, description, security = [], responses }]) => ({
        id: operationId,
        method: method.toUpperCase(),
        path,
        description,
        isSecured: security.length > 0,
        responses: Object.fromEntries(
          Object.entries(responses).map(([status, response]) => {
            if (!("$ref" in response)) return [status, response];
            const shared = components.responses[response.$ref.replace(RESPONSES, "")];
            if (!shared) throw new Error(`${response.$ref} leads nowhere`);
            return [status, shared];
          }),
        ),
      }),
    ),
  );
  return { operations, components };
}

/** The operation that a request is for; throws when there is none. */
export function operationOf(
  description: ApiDescription,
  { method, path }: { method: string; path: string },
): DescribedOperation {
  const found = matching(description, { method, path: path.split("?")[0] ?? "" });
  if (!found) throw new Error(`${method} ${path} is not described`);
  return found;
}

/** The same, or null; `path` has no query. */
export function matching(
  { operations }: ApiDescription,
  { method, path }: { method: string; path: string },
): DescribedOperation | null {
  const found = operations
    .filter((operation) => operation.method === method && patternOf(operation.path).test(path))
    .toSorted((left, right) => left.path.split("{").length - right.path.split("{").length);
  return found[0] ?? null;
}

const patterns = new Map<string, RegExp>();

function patternOf(path: string): RegExp {
  const known =
    patterns.get(path) ??
    new RegExp(`^${path.replaceAll(/\{[^}]+\}/g, "[^/]+").replaceAll(".", "\\.")}$`, "s");
  patterns.set(path, known);
  return known;
}

/** What the description does not know: the status, the media type, or something in the body. */
export function faultsOf(
  { components }: ApiDescription,
  operation: DescribedOperation,
  answer: Pick<Answer, "status" | "mediaType" | "text">,
): string[] {
  const { status, mediaType, text } = answer;
  const response = operation.responses[String(status)];
  if (!response) return [`status ${status} is not documented: ${text}`];
  const headers = Object.keys(response.headers ?? {}).map((name) => name.toLowerCase());
  const header =
    operation.isSecured && !headers.includes("x-request-id") ? ["no X-Request-Id documented"] : [];
  if (!response.content) return text === "" ? header : [...header, `a body: ${text}`];
  const content = response.content[mediaType];
  if (!content) return [...header, `${mediaType} is not documented`];
  const value: unknown = /[/+]json$/.test(mediaType) ? JSON.parse(text) : text;
  const { errors } = validatorOf(content.schema, components).validate(value);
  return [
    ...header,
    ...errors.map(({ instanceLocation, error }) => `${instanceLocation} ${error}`),
    ...undocumentedCode(response.description, status, value),
  ];
}

/** A problem has one of the codes that are named with its status, and that status inside too. */
function undocumentedCode(described: string, status: number, value: unknown): string[] {
  const codes = [...described.matchAll(/`([a-z_]+)`:/g)].map(([, code]) => code);
  if (status < 400 || !isRecord(value)) return [];
  const isKnown = codes.some((code) => code === value["code"]) && value["status"] === status;
  return isKnown ? [] : [`${status} ${String(value["code"])} is not documented`];
}

const validators = new WeakMap<object, Validator>();

/** Preparing one takes longer than all its uses, and the components are the same for all. */
function validatorOf(schema: Record<string, unknown>, components: unknown): Validator {
  const known =
    validators.get(schema) ?? new Validator(closed({ ...schema, components }), "2020-12", false);
  validators.set(schema, known);
  return known;
}

/** The schema with every mapping that names its members taking no others: nothing undocumented. */
function closed(schema: Record<string, unknown>): Record<string, unknown> {
  // An example with a member called "id" would be taken for a schema of that name.
  const members = Object.entries(schema)
    .filter(([key]) => key !== "example")
    .map(([key, value]) => [key, closedValue(value)] as const);
  const isOpen = isRecord(schema["properties"]) && schema["type"] === "object";
  return { ...(isOpen ? { additionalProperties: false } : {}), ...Object.fromEntries(members) };
}

function closedValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closedValue);
  return isRecord(value) ? closed(value) : value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
