/** The API description as a fuzzer reads it: what requests are made of, beside what is answered. */
import { z } from "zod";
import {
  type ApiDescription,
  type DescribedOperation,
  toDescription,
} from "../service/api-description.ts";
import { type Schema, SchemaValues } from "./schema-values.ts";

const schema = z.record(z.string(), z.unknown());

const parameterSchema = z.object({
  name: z.string(),
  in: z.enum(["path", "query", "header"]),
  required: z.boolean().default(false),
  schema,
});

const requestSchema = z.object({
  operationId: z.string(),
  parameters: z.array(parameterSchema).default([]),
  requestBody: z
    .object({
      required: z.boolean().default(false),
      content: z.record(z.string(), z.object({ schema })),
    })
    .optional(),
});

const documentSchema = z.object({
  paths: z.record(z.string(), z.record(z.string(), requestSchema)),
  components: schema,
});

export interface Parameter {
  name: string;
  in: "path" | "query" | "header";
  required: boolean;
  schema: Schema;
}

export interface ApiOperation extends DescribedOperation {
  parameters: readonly Parameter[];
  body: { isRequired: boolean; schemas: ReadonlyMap<string, Schema> } | null;
}

export interface Api {
  description: ApiDescription;
  operations: readonly ApiOperation[];
  values: SchemaValues;
}

export function readApi(document: unknown): Api {
  const description = toDescription(document);
  const { paths, components } = documentSchema.parse(document);
  const requests = new Map(
    Object.values(paths).flatMap((methods) =>
      Object.values(methods).map((request) => [request.operationId, request] as const),
    ),
  );
  const operations = description.operations.map((operation): ApiOperation => {
    const request = requests.get(operation.id);
    const content = Object.entries(request?.requestBody?.content ?? {});
    return {
      ...operation,
      parameters: request?.parameters ?? [],
      body: request?.requestBody
        ? {
            isRequired: request.requestBody.required,
            schemas: new Map(content.map(([type, one]) => [type, one.schema])),
          }
        : null,
    };
  });
  return { description, operations, values: new SchemaValues(components) };
}
