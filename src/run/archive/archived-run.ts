/**
 * A run that left its object, as it answers from its archive: like the finished run that it was. The
 * archive is opened once, and kept in memory as long as the object. What a caller may not see is
 * refused by the tombstone, before the archive is opened.
 */
import { getArchive } from "#archive/archive.ts";
import type { RunRecord } from "#archive/record.ts";
import type { Command } from "#engine/command.ts";
import { PROBLEMS } from "#model/problem.ts";
import type {
  CancelRequest,
  Reply,
  ResumeRequest,
  RunResult,
  TokenRights,
} from "#model/run-rpc.ts";
import type { Deployment } from "#ports/deployment.ts";
import { cancelCommand, resumeCommand } from "../commands.ts";
import { readStreamRequest } from "../live/request.ts";
import { createLiveLog, LiveStream } from "../live/stream.ts";
import { LoadedRun } from "../loaded-run.ts";
import { RunReads } from "../reads.ts";
import { keyReused, refusalProblem, type Refused, refuse, runNotFound } from "../refusals.ts";
import type { RunStore } from "../store.ts";
import { ArchivedStore } from "./archived-store.ts";
import type { Shelves } from "./shelves.ts";

/** The run as it was read. */
interface Opened {
  run: LoadedRun;
  reads: RunReads;
  stream: LiveStream;
}

export class ArchivedRun {
  readonly #store: RunStore;
  readonly #shelves: Shelves;
  readonly #deployment: Deployment;
  #opening: Promise<{ ok: true; value: Opened } | Refused> | null = null;

  constructor(store: RunStore, shelves: Shelves, deployment: Deployment) {
    this.#store = store;
    this.#shelves = shelves;
    this.#deployment = deployment;
  }

  /** Whether the run has left; then only this object answers for it. */
  get isHere(): boolean {
    return this.#store.tombstone !== null;
  }

  /** `workflowScope`: the workflow that the caller is limited to; null: all. */
  async read<T>(
    workflowScope: string | null,
    view: (opened: Opened) => Reply<T> | Promise<Reply<T>>,
  ): Promise<Reply<T>> {
    const { tombstone } = this.#store;
    if (!tombstone) return runNotFound();
    if (workflowScope !== null && workflowScope !== tombstone.workflowId) return runNotFound();
    const opened = await this.#open();
    return opened.ok ? view(opened.value) : opened;
  }

  /** The run that a start's key started. */
  async replay(fingerprint: string, tokens?: TokenRights): Promise<Reply<RunResult>> {
    if (this.#store.tombstone?.fingerprint !== fingerprint) return keyReused();
    return this.read(null, ({ reads }) => reads.result({ tokens, isReplay: true }));
  }

  /** A wait that has ended takes no answer; a key that was used is answered as before. */
  resume(request: ResumeRequest): Promise<Reply<RunResult>> {
    const shown = { tokens: request.tokens, isProgress: request.token !== undefined };
    return this.read(request.workflowScope, ({ run, reads }) => {
      const earlier = reads.earlier(request.key, shown);
      if (earlier) return earlier;
      const asked = resumeCommand(run, request);
      return asked.ok ? refused(run, asked.command) : refuse(asked.problem);
    });
  }

  cancel(request: CancelRequest): Promise<Reply<RunResult>> {
    return this.read(request.workflowScope, ({ run, reads }) => {
      const earlier = reads.earlier(request.key, {});
      return earlier ?? refused(run, cancelCommand(run, request, false));
    });
  }

  /** Replays the log, and ends; `live/request.ts` defines request and response. */
  async events(request: Request): Promise<Response> {
    const { workflowScope } = readStreamRequest(request);
    const answer = await this.read(workflowScope, ({ reads, stream }) => ({
      ok: true,
      value: reads.events(request, stream),
    }));
    if (answer.ok) return answer.value;
    const { code, detail } = answer.problem;
    // 503 is the answer of a stream with too many readers.
    const status = code === "storage_unavailable" ? 502 : PROBLEMS[code].status;
    return new Response(detail, { status });
  }

  /** What the archive has; null: the run has not left. */
  record(): Promise<{ ok: true; value: RunRecord } | Refused> | null {
    const { tombstone } = this.#store;
    if (!tombstone) return null;
    const { runId } = this.#shelves;
    return this.#shelves.tried((env, ring) => getArchive(env, ring, runId, tombstone.archive));
  }

  #open(): Promise<{ ok: true; value: Opened } | Refused> {
    this.#opening ??= this.#openNow().then((opened) => {
      // What failed may work the next time.
      if (!opened.ok) this.#opening = null;
      return opened;
    });
    return this.#opening;
  }

  async #openNow(): Promise<{ ok: true; value: Opened } | Refused> {
    const record = await this.record();
    if (record === null) return runNotFound();
    if (!record.ok) return record;
    const store = new ArchivedStore(record.value);
    const run = LoadedRun.from(store);
    const reads = new RunReads(() => run, store, this.#deployment);
    const { logger } = this.#deployment;
    const log = createLiveLog({ sync: () => Promise.resolve() }, store, () => run);
    const stream = new LiveStream(log, (error) =>
      logger.defect("archived stream failed", error, { run_id: this.#shelves.runId }),
    );
    return { ok: true, value: { run, reads, stream } };
  }
}

/** A run that has ended takes no command; the engine says how it is called. */
function refused(run: LoadedRun, command: Command): Refused {
  const planned = run.plan(command);
  if (planned.ok) throw new Error("an archived run took a command");
  return refuse(refusalProblem(planned.refusal));
}
