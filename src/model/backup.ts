/**
 * A backup: a file of lines, each of them JSON. The first line says what it is and which secrets it
 * needs, the last how much there must be, signed; everything between is sealed. The service makes
 * and reads the lines, the `workflow` command moves them.
 *
 * Persisted shape: a later release reads files of each earlier format. Fields may be added.
 */
import { z } from "zod";
import { RUN_ID_PATTERN } from "./run.ts";

/** The format that this release writes; it reads this one and all before it. */
export const BACKUP_FORMAT = 1;

/**
 * The tables of D1 that are backed up, in the order in which they are read. A key of a write comes
 * before what was written: so its effect is in the backup wherever the key is. The audit comes last:
 * what was changed has its entry.
 */
export const BACKUP_TABLES = [
  "write_keys",
  "workflows",
  "workflow_versions",
  "templates",
  "secrets",
  "api_keys",
  "audit",
] as const;

export type BackupTable = (typeof BACKUP_TABLES)[number];

/** Only with `--with-keys`. */
export const KEY_TABLE = "api_keys" satisfies BackupTable;

const fingerprint = z.string().regex(/^[0-9a-f]{32}$/);
const byVersion = z.record(z.string().regex(/^\d{1,6}$/), fingerprint);

/** Which secrets a service has, without showing them. */
const secretPrintsSchema = z
  .object({
    run_ids: fingerprint.meta({
      description: "Of what run ids are derived from: RUN_ID_SECRET, else SERVER_SECRET.",
    }),
    server_secrets: byVersion.meta({
      description: "SERVER_SECRET and SERVER_SECRETS, by version.",
    }),
    secrets_keys: byVersion.meta({
      description: "SECRETS_KEYS by version; 0 is the key that is derived from SERVER_SECRET.",
    }),
  })
  .meta({ id: "SecretPrints", description: "Fingerprints of secrets, never the secrets." });

export type SecretPrints = z.infer<typeof secretPrintsSchema>;

export const backupHeadSchema = z
  .object({
    type: z.literal("backup"),
    format: z.int().min(1),
    id: z.string().regex(/^bak_[a-z2-7]{26}$/),
    at: z.iso.datetime(),
    release: z.string().meta({ description: "The version of the service that wrote it." }),
    with_keys: z.boolean(),
    secrets: secretPrintsSchema,
  })
  .meta({ id: "BackupHead", description: "The first line of a backup." });

export type BackupHead = z.infer<typeof backupHeadSchema>;

const count = z.int().min(0);

export const backupCountsSchema = z
  .object({
    runs: count,
    rows: z.partialRecord(z.enum(BACKUP_TABLES), count).meta({ description: "By table." }),
  })
  .meta({ id: "BackupCounts" });

export type BackupCounts = z.infer<typeof backupCountsSchema>;

export const backupEndSchema = z
  .object({
    type: z.literal("end"),
    counts: backupCountsSchema,
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .meta({ description: "Of all lines before this one, line breaks included." }),
    signature: z
      .object({ version: z.int().min(1), value: z.string() })
      .meta({ description: "By a version of the server secret, over head, counts and hash." }),
  })
  .meta({ id: "BackupEnd", description: "The last line of a backup: without it, it was cut off." });

export type BackupEnd = z.infer<typeof backupEndSchema>;

/** What is signed. */
export function signedText(
  head: string,
  { counts, sha256 }: Omit<BackupEnd, "signature" | "type">,
) {
  const rows = Object.entries(counts.rows).toSorted(([left], [right]) => (left < right ? -1 : 1));
  return JSON.stringify([head, counts.runs, rows, sha256]);
}

/** `archive/seal.ts`, as base64. */
const sealed = z.string();

/** A piece of a run; the last of them has `last`. The first begins the run again. */
const runLineSchema = z.object({
  type: z.literal("run"),
  id: z.string().regex(RUN_ID_PATTERN),
  piece: z.int().min(0),
  last: z.boolean(),
  sealed,
});

/** Rows of a table. */
const rowsLineSchema = z.object({
  type: z.literal("rows"),
  table: z.enum(BACKUP_TABLES),
  count: z.int().min(1),
  sealed,
});

/** A row of `runs` whose object has no run: it cannot be backed up. Not part of a file. */
const missingLineSchema = z.object({ type: z.literal("missing"), id: z.string() });

/** The end of what one request answers; `next` is the cursor of the next. Not part of a file. */
const pageLineSchema = z.object({ type: z.literal("page"), next: z.string().nullable() });

/** What a file holds between its first line and its last. */
export const contentLineSchema = z.discriminatedUnion("type", [runLineSchema, rowsLineSchema]);
export type ContentLine = z.infer<typeof contentLineSchema>;
export type RunLine = z.infer<typeof runLineSchema>;
export type RowsLine = z.infer<typeof rowsLineSchema>;

/** What the service answers with. */
export const streamedLineSchema = z.discriminatedUnion("type", [
  runLineSchema,
  rowsLineSchema,
  missingLineSchema,
  pageLineSchema,
]);
export type StreamedLine = z.infer<typeof streamedLineSchema>;

/** A line of this kind; null: it is another one, or none. */
export function readLine<T>(schema: z.ZodType<T>, text: string): T | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  const read = schema.safeParse(value);
  return read.success ? read.data : null;
}

/** What differs between the secrets that a backup needs and those of a service, in words. */
export function differingSecrets(needed: SecretPrints, ours: SecretPrints): string[] {
  const lists = [
    ["SERVER_SECRETS", needed.server_secrets, ours.server_secrets],
    ["SECRETS_KEYS", needed.secrets_keys, ours.secrets_keys],
  ] as const;
  const differing = lists.flatMap(([setting, theirs, known]) =>
    Object.entries(theirs).flatMap(([version, print]) => {
      const mine = known[version];
      if (mine === print) return [];
      return [
        `${nameOf(setting, version)} ${mine === undefined ? "is missing" : "is another one"}`,
      ];
    }),
  );
  const isOtherRunIds = needed.run_ids !== ours.run_ids;
  return [
    ...(isOtherRunIds ? ["what run ids are derived from (RUN_ID_SECRET) is another one"] : []),
    ...differing,
  ];
}

function nameOf(setting: string, version: string): string {
  if (setting === "SERVER_SECRETS" && version === "1") return "SERVER_SECRET";
  if (setting === "SECRETS_KEYS" && version === "0") {
    return "the key derived from SERVER_SECRET (SECRETS_DERIVED_KEY)";
  }
  return `${setting}, version ${version},`;
}

/** Where a restore is. */
export const restoreSchema = z
  .object({
    backup: z.string().meta({ description: "Id of the backup." }),
    state: z.enum(["running", "held", "released"]).meta({
      description: "running: lines are taken. held: everything is there, and no run goes on.",
    }),
    runs: z.int().min(0).meta({ description: "Runs of the backup." }),
    begun_at: z.iso.datetime(),
  })
  .meta({
    id: "Restore",
    example: {
      backup: "bak_45bjv4tiy53uocgqcsaaveesez",
      state: "held",
      runs: 1000,
      begun_at: "2026-11-29T02:00:00.000Z",
    },
  });

export type Restore = z.infer<typeof restoreSchema>;
