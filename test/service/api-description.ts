/** The served API description, as far as the tests read it. */
import { z } from "zod";
import type { Client } from "../support/http.ts";

const jsonSchema = z.record(z.string(), z.unknown());

const responseSchema = z.object({
  headers: z.record(z.string(), z.unknown()).optional(),
  content: z.record(z.string(), z.object({ schema: jsonSchema })).optional(),
});

const operationSchema = z.object({
  operationId: z.string(),
  security: z.array(z.unknown()).optional(),
  responses: z.record(z.string(), responseSchema),
});

const descriptionSchema = z.object({
  openapi: z.literal("3.1.0"),
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
  components: z.record(z.string(), z.unknown()),
});

export interface DescribedOperation {
  id: string;
  /** In upper case. */
  method: string;
  path: string;
  /** Whether it takes a key. */
  isSecured: boolean;
  responses: Readonly<Record<string, z.infer<typeof responseSchema>>>;
}

export interface ApiDescription {
  operations: DescribedOperation[];
  /** What the `$ref`s of the schemas lead to. */
  components: Record<string, unknown>;
}

export async function readDescription(client: Client): Promise<ApiDescription> {
  const answer = await client.send({ method: "GET", path: "/openapi.json", key: null });
  const { paths, components } = descriptionSchema.parse(answer.json());
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId, security = [], responses }]) => ({
      id: operationId,
      method: method.toUpperCase(),
      path,
      isSecured: security.length > 0,
      responses,
    })),
  );
  return { operations, components };
}
