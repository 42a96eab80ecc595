/**
 * Every limit of the service, in one place. Each number here is enforced and has a test on both
 * sides of it. Units are in the names.
 */
export const LIMITS = {
  /** Request body, any route. */
  bodyBytes: 256 * 1024,
  /**
   * One request of a restore. A line is at most as long: the largest are answers that are remembered,
   * encrypted twice.
   */
  restoreBodyBytes: 4 * 1024 * 1024,
  /** Lines of one request of a restore; each may open the object of a run. */
  restoreLines: 200,
  /** Runs that one request of a rebuild names. */
  rebuildRuns: 50,
  /** Nesting of a JSON request body. */
  bodyDepth: 64,
  /** A workflow written as YAML. */
  yamlBytes: 64 * 1024,
  /**
   * Budgets of work, in units of about a microsecond (`model/work.ts`): what one request, one turn
   * of a run and one projection may spend on loops over what users wrote.
   */
  requestWork: 100_000,
  turnWork: 100_000,
  projectionWork: 100_000,
  /** Steps without an outside effect that one turn of a run takes; the alarm goes on from there. */
  turnSteps: 200,
  workflowSteps: 500,
  formFields: 100,
  approvers: 50,
  tags: 20,
  tagLength: 64,
  nameLength: 200,
  descriptionLength: 4000,
  /** Diagnostics returned for one document or request; the rest are counted, not listed. */
  diagnostics: 200,
  /** Characters of all `errors[]` of one problem. */
  problemErrorsLength: 128 * 1024,
  /** One message among `errors[]`; a longer one is cut. */
  problemMessageLength: 1_000,
  /** `detail` of a problem; a longer one is cut. */
  problemDetailLength: 2_000,
  jsonSchemaBytes: 32 * 1024,
  jsonSchemaDepth: 32,
  /** Expanded references × instance size, in nodes. */
  jsonSchemaWork: 200_000,
  /** Nested evaluations while validating: nesting of the value × depth of the schema. */
  jsonSchemaNesting: 400,
  /** Estimated size of all regular expressions of one JSON Schema. */
  jsonSchemaPatternSize: 100_000,
  /** Digits of a `minimum` or `maximum` beyond the precision of a double. */
  jsonSchemaLimitDigits: 400,
  /** Violations reported for one value. */
  jsonSchemaViolations: 10,
  /** Estimated size of all regular expressions of one workflow; see `patternSize`. */
  workflowPatternSize: 100_000,
  patternLength: 500,
  /** Estimated size of one regular expression: counted repetitions × length. */
  patternSize: 20_000,
  /**
   * Regular expressions of one form's answers: hundreds of instructions × characters. One takes up
   * to 5 µs, where the text is made for the pattern.
   */
  patternWork: 25_000,
  expressionBytes: 2 * 1024,
  expressionDepth: 32,
  expressionSteps: 10_000,
  expressionStringLength: 64 * 1024,
  expressionListLength: 10_000,
  templateBytes: 32 * 1024,
  renderedBytes: 256 * 1024,
  /** Tags of one template, comments and closing tags included. */
  templateTags: 1_000,
  /** Characters between the braces of one tag. */
  templateTagLength: 1_000,
  /** Sections inside sections. */
  templateSectionDepth: 8,
  /** Parts of a template visited while rendering; an empty loop over long lists ends here. */
  templateSteps: 100_000,
  /** A URL, as written and as rendered. */
  urlLength: 8_192,
  headerValueLength: 8_192,
  /** The value of a secret, in UTF-8. A header takes at most `headerValueLength` of it. */
  secretBytes: 16 * 1024,
  /** Workflows that one secret names. */
  secretWorkflows: 100,
  /** Secrets that one request wraps under the current key. */
  secretsPerRewrap: 200,
  stepOutputBytes: 256 * 1024,
  /** How much of the body of a failed response is kept; the same for its headers. */
  failedAnswerBytes: 8 * 1024,
  /** How much of a server's message is quoted in the message of a failure. */
  serverWordsLength: 200,
  /** Pointers that an output lists as `kept_as_text`, in all; as many as `duplicate_keys`. */
  answerNoteBytes: 8 * 1024,
  /** Nesting of a JSON answer of an api_call. */
  stepOutputDepth: 64,
  contextBytes: 1024 * 1024,
  stringAnswerLength: 1_000,
  textAnswerLength: 64 * 1024,
  timeoutMinS: 0.05,
  timeoutMaxS: 600,
  expiresMaxS: 366 * 24 * 3600,
  /**
   * A resume token of a wait without expiry is valid for at least this long, at most twice this.
   */
  resumeTokenS: 30 * 24 * 3600,
  retryMaxAttempts: 20,
  retryMaxDelayMs: 24 * 3600 * 1000,
  retryAfterMaxMs: 24 * 3600 * 1000,
  idempotencyKeyLength: 255,
  /** How long the idempotency key of a write is kept. Those of starts are kept with their runs. */
  writeKeyS: 7 * 24 * 3600,
  /** How many expired keys one write deletes. */
  writeKeysForgotten: 20,
  /** A run is kept in its object at least so long, where runs are archived at all. */
  retentionDaysMin: 7,
  /** The most that `RETENTION_DAYS` and `AUDIT_DAYS` can be: a century. */
  keptDaysMax: 36_500,
  /** An answer of infer or of a dual run that is stored for its key; encryption adds a third. */
  rememberedAnswerBytes: 1024 * 1024,
  /** Attempts of a write that loses races; each reads again and takes the next version. */
  writeTries: 16,
  commentLength: 4000,
  reasonLength: 1000,
  /** The `sub` of a token; the bound of OpenID Connect. */
  subjectLength: 255,
  /** How far the clock of a token's issuer may be off. */
  clockToleranceS: 30,
  /** Schema violations of one AI step: tries after the first. */
  schemaRetries: 2,
  /** A response of a provider, including everything around the model's text. */
  providerAnswerBytes: 1024 * 1024,
  /** How much of a provider's message about a failure is shown. */
  providerMessageLength: 300,
  /** How many texts in one answer of a model are tried as JSON. */
  readingTries: 32,
  /** Characters that are scanned while one answer of a model is parsed, all tries together. */
  readingWork: 8 * 1024 * 1024,
  /** How much of an answer that did not fit is shown to the model again; in UTF-8. */
  keptAnswerBytes: 32 * 1024,
  /** How much of it the history shows. */
  excerptBytes: 2 * 1024,
  /** Notes on the parts of a schema that a provider was not sent; the rest are counted. */
  loweringNotes: 20,
  /** An answer of `/v1/ai/infer`, all attempts and pauses together. */
  inferTimeoutMs: 30_000,
  /** Tokens of one answer of infer, where `AI_INFER_MAX_TOKENS` sets none and there is a daily share. */
  inferAnswerTokens: 4_096,
  /** The maximum of `AI_INFER_TIMEOUT_MS`. */
  inferTimeoutMaxMs: 600_000,
  /** One side of a dual run; a run that has not settled by then is compared as it is. */
  dualRunTimeoutMs: 60_000,
  /** A whole dual run: its longer side, and what is compared after it. */
  dualRunLeaseMs: 90_000,
  /** One response of the baseline of a dual run; the longest are histories. */
  dualRunAnswerBytes: 8 * 1024 * 1024,
  /** Alarm entries without progress before a run is quarantined as `poisoned`. */
  entriesWithoutProgress: 5,
  /**
   * Openings of a run in the middle of the same work of this process alone, such as a mock or a
   * conditional, before it is quarantined. Fewer than the entries above: that work takes
   * milliseconds, so that a restart seldom falls into it, and takes all other runs along if it hangs.
   */
  openingsWithoutProgress: 2,
  redirects: 5,
  /** Longest `Prefer: wait`. */
  waitBudgetMaxS: 60,
  /** Readers of one run's event stream at a time. */
  streamReaders: 200,
  /** Those of one principal. */
  streamReadersEach: 20,
  /**
   * Events that one of them has not read yet; beyond them it is disconnected, and reads the log.
   */
  streamBacklogBytes: 1024 * 1024,
  /** Counters of the metrics, in one row; beyond them, new models are counted as one. */
  metricKeys: 500,
  /** A text in a span; longer ones are cut. */
  spanTextLength: 1_024,
  /** Spans in one POST to the collector. */
  spansPerPost: 512,
  /** How much of a collector's response is read. */
  collectorAnswerBytes: 64 * 1024,
  /** Attempts at a collector that does not respond, until the run has new spans. */
  traceExportAttempts: 20,
} as const;
