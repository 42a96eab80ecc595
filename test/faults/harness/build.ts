/**
 * The Worker as it is deployed, built from a copy of the sources that some texts of are replaced:
 * the sink of the harness is put in, and the fault that a self-test planted. The sources themselves
 * hold neither. A text that is not found exactly once is an error, so that no fault is lost when the
 * code around it changes.
 */
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { unstable_readConfig } from "wrangler";
import { z } from "zod";
import { runWrangler } from "#cli/wrangler.ts";
import { ROOT } from "../../config/folders.ts";

/** One text of one file that is replaced by another. */
export interface Edit {
  /** Path from the root of the repository. */
  file: string;
  original: string;
  replacement: string;
}

/** The bundle, and what the release of it is bound to. */
export interface BuiltWorker {
  bundle: string;
  compatibilityDate: string;
  compatibilityFlags: string[];
  durableObjects: Record<string, { className: string; useSQLite: true }>;
  r2Buckets: string[];
}

const COPIED = ["src", "package.json", "tsconfig.json", "wrangler.toml"];

/** Builds into `<folder>/bundle`. `witness`: the receiver of the stub sink. */
export async function buildWorker(
  folder: string,
  witness: string,
  planted: readonly Edit[],
): Promise<BuiltWorker> {
  // Inside the repository, so that the subpath imports and the packages resolve as they do there.
  const copy = `${ROOT}dist/faults-${process.pid}`;
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(`${copy}/dist/public`, { recursive: true });
  try {
    for (const name of COPIED) cpSync(ROOT + name, `${copy}/${name}`, { recursive: true });
    symlinkSync(`${ROOT}node_modules`, `${copy}/node_modules`);
    const sink = readFileSync(`${ROOT}test/run/support/witness-sink.ts`, "utf8");
    writeFileSync(`${copy}/src/run/sinks/witness-sink.ts`, sink);
    for (const edit of [...stubSink(witness), ...planted]) apply(copy, edit);
    const bundle = `${folder}/bundle`;
    const target = ["--env", "production", "--outdir", bundle];
    await runWrangler(["deploy", "--dry-run", "--minify", "--cwd", copy, ...target]);
    return boundAs(bundle);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** What is read of wrangler's configuration, whose own types cannot be loaded here. */
const configSchema = z.object({
  compatibility_date: z.string(),
  compatibility_flags: z.array(z.string()),
  durable_objects: z.object({
    bindings: z.array(z.object({ name: z.string(), class_name: z.string() })),
  }),
  r2_buckets: z.array(z.object({ binding: z.string() })),
});

/** As wrangler.toml says, so that no binding is missing here. */
function boundAs(bundle: string): BuiltWorker {
  const config = configSchema.parse(
    unstable_readConfig({ config: `${ROOT}wrangler.toml`, env: "production" }),
  );
  const objects = config.durable_objects.bindings.map(
    ({ name, class_name: className }) => [name, { className, useSQLite: true }] as const,
  );
  return {
    bundle,
    compatibilityDate: config.compatibility_date,
    compatibilityFlags: config.compatibility_flags,
    durableObjects: Object.fromEntries(objects),
    r2Buckets: config.r2_buckets.map(({ binding }) => binding),
  };
}

function apply(copy: string, { file, original, replacement }: Edit): void {
  const path = `${copy}/${file}`;
  const [before, after, ...more] = readFileSync(path, "utf8").split(original);
  if (before === undefined || after === undefined || more.length > 0) {
    throw new Error(`${file} does not have the text once that is to be replaced: ${original}`);
  }
  writeFileSync(path, before + replacement + after);
}

/** A third sink of the log, whose receiver the harness keeps. */
function stubSink(witness: string): Edit[] {
  const file = "src/run/sinks/sinks.ts";
  const drain = `new Drain(new WitnessSink("${witness}"), store, logger, onLate)`;
  return [
    {
      file,
      original: 'import { TraceSink } from "./trace-sink.ts";',
      replacement:
        'import { TraceSink } from "./trace-sink.ts";\nimport { WitnessSink } from "./witness-sink.ts";',
    },
    {
      file,
      original: "this.#drains = [this.#projection, traces];",
      replacement: `this.#drains = [this.#projection, traces, ${drain}];`,
    },
  ];
}
