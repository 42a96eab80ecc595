/**
 * D1: workflow definitions, templates, keys, secrets and the audit trail, which it owns; and
 * `runs`, `run_tags`, `run_steps`, a projection that can be rebuilt from the run objects.
 * `docs/storage-schema.md` describes the content and lifetime of each column.
 *
 * All tables are WITHOUT ROWID (added to the migration by hand, drizzle does not support it), and
 * there is no index that no list needs, because written rows are billed.
 */
import { index, integer, primaryKey, real, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { AuditAction } from "#model/audit.ts";
import type { JsonObject, JsonValue } from "#model/json.ts";
import type { RunSummary } from "#model/run.ts";
import type { Usage } from "#model/usage.ts";
import type { WorkflowDefinition } from "#model/workflow.ts";

/** The latest version of each workflow; older ones are in `workflow_versions`. */
export const workflows = sqliteTable("workflows", {
  id: text("id").primaryKey(),
  version: integer("version").notNull(),
  name: text("name").notNull(),
  definition: text("definition", { mode: "json" }).$type<WorkflowDefinition>().notNull(),
  startStep: text("start_step").notNull(),
  /** SHA-256 of the canonical definition, hex. */
  hash: text("hash").notNull(),
  /** Templates that the steps name; read together with the pointer at every start. */
  templateIds: text("template_ids", { mode: "json" }).$type<string[]>().notNull(),
  createdAt: text("created_at").notNull(),
  updatedAt: text("updated_at").notNull(),
  /** Set by DELETE: no new starts, everything else stays. */
  hiddenAt: text("hidden_at"),
});

/** Immutable. */
export const workflowVersions = sqliteTable(
  "workflow_versions",
  {
    workflowId: text("workflow_id").notNull(),
    version: integer("version").notNull(),
    definition: text("definition", { mode: "json" }).$type<WorkflowDefinition>().notNull(),
    hash: text("hash").notNull(),
    createdAt: text("created_at").notNull(),
    createdBy: text("created_by").notNull(),
    /** The form of `definition`, see `CanonicalForm`; null in rows of releases up to 0.3. */
    canonicalForm: integer("canonical_form").notNull().default(1),
    /** Templates and secrets that its steps name; null in rows of releases up to 0.3. */
    templateIds: text("template_ids", { mode: "json" }).$type<string[]>(),
    secretNames: text("secret_names", { mode: "json" }).$type<string[]>(),
  },
  (table) => [primaryKey({ columns: [table.workflowId, table.version] })],
);

/** Every version of every template; the highest is the current one. Immutable. */
export const templates = sqliteTable(
  "templates",
  {
    id: text("id").notNull(),
    version: integer("version").notNull(),
    system: text("system"),
    prompt: text("prompt").notNull(),
    description: text("description"),
    createdAt: text("created_at").notNull(),
    createdBy: text("created_by").notNull(),
  },
  (table) => [primaryKey({ columns: [table.id, table.version] })],
);

export const apiKeys = sqliteTable("api_keys", {
  /** The part of the key before its secret; not secret itself. */
  prefix: text("prefix").primaryKey(),
  /** The principal: stays when its key is rotated. */
  principalId: text("principal_id").notNull(),
  name: text("name").notNull(),
  /** HMAC-SHA-256 of the whole key, hex. */
  hash: text("hash").notNull(),
  scopes: text("scopes", { mode: "json" }).$type<string[]>().notNull(),
  /** Limits the key to one workflow; elsewhere it gets 404. */
  workflowScope: text("workflow_id"),
  createdAt: text("created_at").notNull(),
  expiresAt: text("expires_at"),
  revokedAt: text("revoked_at"),
  /** Which version of the server secret `hash` is keyed with. */
  secretVersion: integer("secret_version").notNull().default(1),
});

/**
 * Projection. `seq` is the last event that the row includes; an older one never overwrites it.
 *
 * The two indexes serve every list (see `runs.ts`), and each entry is a billed row: written when
 * the run is inserted and when its status changes.
 * @public
 */
export const runs = sqliteTable(
  "runs",
  {
    id: text("id").primaryKey(),
    workflowId: text("workflow_id").notNull(),
    workflowVersion: integer("workflow_version").notNull(),
    status: text("status").$type<RunSummary["status"]>().notNull(),
    currentStep: text("current_step"),
    /** `{static, profile, runtime: {inputs}}`, masked; step outputs are in run_steps. */
    context: text("context", { mode: "json" }).$type<JsonObject>(),
    createdAt: text("created_at").notNull(),
    updatedAt: text("updated_at").notNull(),
    endedAt: text("ended_at"),
    idempotencyKey: text("idempotency_key"),
    createdBy: text("created_by").notNull(),
    tags: text("tags", { mode: "json" }).$type<string[]>().notNull(),
    error: text("error", { mode: "json" }).$type<NonNullable<RunSummary["error"]>>(),
    output: text("output", { mode: "json" }).$type<JsonObject>(),
    mock: integer("mock", { mode: "boolean" }).notNull(),
    tokensPrompt: integer("tokens_prompt").notNull(),
    tokensOutput: integer("tokens_output").notNull(),
    costUsd: real("cost_usd").notNull(),
    aiCalls: integer("ai_calls").notNull(),
    /** Calls that `cost_usd` does not include, because their cost is unknown. */
    costUnknownCalls: integer("cost_unknown_calls").notNull().default(0),
    seq: integer("seq").notNull(),
    /** Since when the run is archived; set by the retention, never by the projection. */
    archivedAt: text("archived_at"),
    /** Which key-encryption key wraps the archive's data key. */
    archiveKeyVersion: integer("archive_key_version"),
  },
  (table) => [
    index("runs_by_status").on(table.status, table.createdAt, table.id),
    index("runs_by_workflow").on(table.workflowId, table.status, table.createdAt, table.id),
  ],
);

/** A row of `runs`, as the projection writes it. */
export type RunRow = Omit<typeof runs.$inferSelect, "archivedAt" | "archiveKeyVersion">;

/**
 * Projection: one row for each tag of a run, written with the run's first row and never changed.
 * @public
 */
export const runTags = sqliteTable(
  "run_tags",
  {
    tag: text("tag").notNull(),
    /** The run's, so that a tag's runs are in the order of the lists. */
    createdAt: text("created_at").notNull(),
    runId: text("run_id").notNull(),
  },
  (table) => [primaryKey({ columns: [table.tag, table.createdAt, table.runId] })],
);

/**
 * Projection: one row for each step, with its last attempt.
 * @public
 */
export const runSteps = sqliteTable("run_steps", {
  /** `<run_id>:<step_id>` */
  id: text("id").primaryKey(),
  runId: text("run_id")
    .notNull()
    .references(() => runs.id),
  stepId: text("step_id").notNull(),
  type: text("type").notNull(),
  status: text("status").notNull(),
  attempt: integer("attempt").notNull(),
  startedAt: text("started_at").notNull(),
  endedAt: text("ended_at"),
  output: text("output", { mode: "json" }).$type<JsonValue>(),
  error: text("error", { mode: "json" }).$type<JsonObject>(),
  /** Usage of its calls to models, as the history shows it. */
  usage: text("usage", { mode: "json" }).$type<Usage>(),
  seq: integer("seq").notNull(),
});

/**
 * Idempotency keys of writes to what D1 owns and of calls that must run once, with their answers;
 * see `write-keys.ts`. The runs themselves store the keys of starts, resumes and cancels.
 */
export const writeKeys = sqliteTable(
  "write_keys",
  {
    principalId: text("principal_id").notNull(),
    key: text("key").notNull(),
    /** Keyed hash of method, path, preconditions and body, hex. */
    fingerprint: text("fingerprint").notNull(),
    /** 0 while a call is in progress. */
    status: integer("status").notNull(),
    etag: text("etag"),
    /** The answer; where `wrappedKey` is set, encrypted. */
    body: text("body").notNull(),
    createdAt: text("created_at").notNull(),
    /** Random: identifies the request that makes the call. */
    claim: text("claim"),
    /** The call counts as lost after this time. */
    leaseUntil: text("lease_until"),
    /** Which key-encryption key wraps the data key. */
    keyVersion: integer("key_version"),
    /** base64 */
    wrappedKey: text("wrapped_key"),
  },
  (table) => [
    primaryKey({ columns: [table.principalId, table.key] }),
    index("write_keys_by_age").on(table.createdAt),
  ],
);

/**
 * Secrets, encrypted: `security/secrets.ts` owns the format of the two texts. The row of a deleted
 * secret stays without them, so that no version of a name is ever assigned twice.
 */
export const secrets = sqliteTable("secrets", {
  name: text("name").primaryKey(),
  version: integer("version").notNull(),
  /** Which key-encryption key wraps the data key. */
  keyVersion: integer("key_version").notNull(),
  /** base64; null once deleted. */
  wrappedKey: text("wrapped_key"),
  /** base64; null once deleted. */
  ciphertext: text("ciphertext"),
  createdAt: text("created_at").notNull(),
  updatedAt: text("updated_at").notNull(),
  /** The only workflows that may use it; null: all. Authenticated with the value. */
  workflows: text("workflows", { mode: "json" }).$type<string[]>(),
});

/** Who changed what, and when; written in the transaction of the change. Never changed. */
export const audit = sqliteTable(
  "audit",
  {
    at: text("at").notNull(),
    /** Random; distinguishes changes in the same millisecond. */
    id: text("id").notNull(),
    /** The principal. */
    actor: text("actor").notNull(),
    action: text("action").$type<AuditAction>().notNull(),
    /** Id or name of what was changed. */
    target: text("target").notNull(),
    /** The version that was stored, if the target has versions. */
    version: integer("version"),
    requestId: text("request_id").notNull(),
  },
  (table) => [primaryKey({ columns: [table.at, table.id] })],
);

/**
 * Counters of all runs, for `GET /metrics`: one row, changed in the batch that projects a run.
 * `src/telemetry/metrics.ts` owns the keys in it.
 */
export const metrics = sqliteTable("metrics", {
  /** `counters` */
  name: text("name").primaryKey(),
  /** Numbers by key. */
  value: text("value", { mode: "json" }).$type<Record<string, number>>().notNull(),
});

/**
 * Archives of runs, where no R2 is bound: the sealed bytes of `archive/seal.ts` as base64, in
 * pieces, because a row takes 2 MB at most.
 */
export const archivePieces = sqliteTable(
  "archive_pieces",
  {
    runId: text("run_id").notNull(),
    /** 0, 1, 2 … */
    piece: integer("piece").notNull(),
    /** How the bytes are written; 1. */
    format: integer("format").notNull(),
    /** At most 1,000,000 characters. */
    data: text("data").notNull(),
  },
  (table) => [primaryKey({ columns: [table.runId, table.piece] })],
);

/** What the cron does, and how far it is; `archive/cron.ts` owns the table. */
export const cronTasks = sqliteTable("cron_tasks", {
  name: text("name").primaryKey(),
  /** Where the next turn begins: the task's own. */
  state: text("state", { mode: "json" }).$type<JsonObject>(),
  /** Not before this time. */
  nextAt: text("next_at"),
  /** Random: identifies the turn that is under way. */
  claim: text("claim"),
  /** A turn counts as lost after this time. */
  leaseUntil: text("lease_until"),
});

/** Notes of the service about its own work; `service-state.ts` has the shape of each. */
export const serviceState = sqliteTable("service_state", {
  /** `restore`, `backup` */
  name: text("name").primaryKey(),
  value: text("value", { mode: "json" }).$type<JsonObject>().notNull(),
});
