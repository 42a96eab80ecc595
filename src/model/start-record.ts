/**
 * What a run is started with and keeps: with it the run does not depend on D1, the workflow or a
 * template any more. Persisted shape: the row `start` of the run object.
 */
import type { RunLocation } from "./run-location.ts";
import type { MockSettings } from "./mock-request.ts";
import type { Caller } from "./caller.ts";
import type { JsonObject } from "./json.ts";
import type { JsonText } from "./json-text.ts";
import type { Template } from "./template.ts";
import type { WorkflowDefinition } from "./workflow.ts";

export interface StartRecord {
  runId: string;
  /** SHA-256 of the canonical request body, hex; compared when the same key comes again. */
  fingerprint: string;
  workflowVersion: number;
  /** As text it crosses RPC faster (`run-rpc.ts`). */
  definition: JsonText<WorkflowDefinition>;
  /** Those that the steps name, as they were at the start. */
  templates: JsonText<Template[]>;
  inputs: JsonObject;
  profile: JsonObject;
  provider: string;
  /** The mock that the run asked for: it answers every step. null: none was asked for. */
  mock: MockSettings | null;
  /** How the mock behaves for steps that choose it as their provider; absent in older runs. */
  namedMock?: MockSettings;
  /** Whether it is known from the start that the mock answers; absent in older runs. */
  isOnMock?: boolean;
  tags: string[];
  /** Where the run object was placed, as far as the caller chose; absent: near the caller. */
  location?: RunLocation;
  idempotencyKey?: string;
  caller: Caller;
  /** W3C: the span of the caller who started the run. */
  traceparent?: string;
  /** Whether the run's spans are sent; decided at the start, for the whole run. */
  isTraced?: boolean;
}
