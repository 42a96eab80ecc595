/**
 * The API description, generated from the routes: the served one and the committed one are the
 * same.
 */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { stringify } from "yaml";
import { SERVICE_VERSION } from "#model/version.ts";
import { once } from "./once.ts";
import { type ApiDocument, shareProblemResponses } from "./components.ts";
import type { AppEnv } from "../types.ts";

/** OpenAPI 3.1.0 of everything that is mounted. */
function describeApi(app: OpenAPIHono<AppEnv>): ApiDocument {
  const document = generate(app);
  shareProblemResponses(document);
  return document;
}

function generate(app: OpenAPIHono<AppEnv>): ApiDocument {
  return app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Workflow Orchestrator",
      version: SERVICE_VERSION,
      description:
        "Durable workflows in which people and models work together. A workflow is YAML or JSON; a run waits for people, calls models and APIs, and records every step.",
      license: { name: "MIT", url: "https://opensource.org/license/mit" },
      contact: { name: "Workflow Orchestrator" },
    },
    servers: [{ url: "/", description: "This service" }],
    tags: [
      { name: "Workflows", description: "Definitions and their versions." },
      { name: "Executions", description: "Runs of workflows." },
      { name: "Templates", description: "Versioned prompts." },
      { name: "Secrets", description: "Values for api_calls: they can be written, never read." },
      { name: "Keys", description: "API keys: each is shown once." },
      { name: "Audit", description: "Who changed what, and when." },
      { name: "Backup", description: "Backup and restore: there only where RESTORE_TOKEN is set." },
      { name: "AI", description: "Calls of models outside of runs." },
      { name: "Service", description: "The service itself." },
      { name: "Development", description: "Only where ENVIRONMENT is development." },
    ],
  });
}

/**
 * The description as texts, each made by the first request for it: they are the same for all, and
 * making one takes 17 to 38 ms of CPU, for a request that anyone may send.
 */
export function createDescription(app: OpenAPIHono<AppEnv>) {
  const document = once(() => describeApi(app));
  return {
    json: once(() => JSON.stringify(document())),
    yaml: once(() => stringify(document(), { aliasDuplicateObjects: false, lineWidth: 100 })),
  };
}
