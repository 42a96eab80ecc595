/** What a run leaves in its object once it is archived. Persisted shape: the row `tombstone`. */
import type { ArchiveMark } from "#archive/archive.ts";

export interface Tombstone {
  /** 1 */
  format: number;
  archive: ArchiveMark;
  /** When the run left, ISO 8601. */
  archivedAt: string;
  /** Limited keys see the run by it, even if its archive cannot be read. */
  workflowId: string;
  /** Of the start, as in its record: a repeated start with another body is refused. */
  fingerprint: string;
  /** Fingerprints by the names of idempotency keys that were used with the run. */
  keys: readonly (readonly [name: string, fingerprint: string])[];
}
