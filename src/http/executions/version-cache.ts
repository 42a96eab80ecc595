/**
 * Immutable versions of workflows and templates, cached in the isolate once they are read. Which
 * version is the latest is never cached: a start after a PUT must see it.
 */
import type { Sessions } from "#db/sessions.ts";
import { findTemplate } from "#db/templates.ts";
import { findVersion } from "#db/workflows.ts";
import { type JsonText, toJsonText } from "#model/json-text.ts";
import type { Template } from "#model/template.ts";
import type { WorkflowDefinition } from "#model/workflow.ts";

const ENTRIES = 500;

export interface CachedVersion {
  definition: WorkflowDefinition;
  /** The canonical text that is sent to the run. */
  text: JsonText<WorkflowDefinition>;
}

const versions = new Map<string, CachedVersion>();
const templates = new Map<string, Template>();

export async function readVersion(
  copies: Sessions,
  id: string,
  version: number,
): Promise<CachedVersion | null> {
  return remember(versions, `${id}@${version}`, async () => {
    const found = await copies.find((db) => findVersion(db, id, version));
    return found && { definition: found.definition, text: toJsonText(found.definition) };
  });
}

export async function readTemplate(
  copies: Sessions,
  id: string,
  version: number,
): Promise<Template | null> {
  return remember(templates, `${id}@${version}`, () =>
    copies.find((db) => findTemplate(db, id, version)),
  );
}

async function remember<T>(
  cache: Map<string, T>,
  key: string,
  read: () => Promise<T | null>,
): Promise<T | null> {
  const known = cache.get(key);
  if (known) return known;
  const value = await read();
  if (value) {
    const oldest = cache.keys().next();
    if (cache.size >= ENTRIES && !oldest.done) cache.delete(oldest.value);
    cache.set(key, value);
  }
  return value;
}
