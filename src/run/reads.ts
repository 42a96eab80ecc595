/**
 * What a run object shows of its run: to the API, to the holder of a token, and to the readers of
 * its stream. Changes nothing. A run that the caller may not see is like one that does not exist.
 */
import { stillUnderWay } from "#engine/advance.ts";
import { isTerminal, type WaitState } from "#engine/state.ts";
import type { AnswerView } from "#model/answer-view.ts";
import { type JsonText, toJsonText } from "#model/json-text.ts";
import type { ResumeClaims } from "#model/resume-claims.ts";
import type { Reply, RequestKey, RunResult, TokenRights, Viewer } from "#model/run-rpc.ts";
import type { Context, History, Run } from "#model/run.ts";
import { Work } from "#model/work.ts";
import type { Deployment } from "#ports/deployment.ts";
import { now } from "./commands.ts";
import { readStreamRequest } from "./live/request.ts";
import type { LiveStream } from "./live/stream.ts";
import type { LoadedRun } from "./loaded-run.ts";
import { findKey, type KeyStore } from "./known-key.ts";
import { keyReused, refuse, runNotFound } from "./refusals.ts";
import { viewAnswer } from "./views/answer-view.ts";
import { checkToken, showRun } from "./views/resume-tokens.ts";
import { viewContext, viewHistory, viewProgress } from "./views/run-view.ts";
import { type ShownRun, shownWithin } from "./views/shown-run.ts";
import { approvalsNeeded } from "./views/wait-rights.ts";

/** Which view of the run the caller of a command gets. */
export interface Shown {
  tokens?: TokenRights | undefined;
  /** Only its progress. */
  isProgress?: boolean;
  /** The request was carried out before. */
  isReplay?: boolean;
  /** The wait that was answered; where it goes on, the caller learns what it still needs. */
  answered?: WaitState | undefined;
}

export class RunReads {
  readonly #load: () => LoadedRun | null;
  readonly #store: KeyStore;
  readonly #deployment: Deployment;

  constructor(load: () => LoadedRun | null, store: KeyStore, deployment: Deployment) {
    this.#load = load;
    this.#store = store;
    this.#deployment = deployment;
  }

  /** `workflowScope`: the workflow that the caller is limited to; null: all. */
  visible(workflowScope: string | null): LoadedRun | null {
    const run = this.#load();
    return workflowScope === null || run?.state.workflow_id === workflowScope ? run : null;
  }

  /** The run, with the resume tokens that this caller may see. */
  async run({ workflowScope, tokens }: Viewer): Promise<Reply<JsonText<Run>>> {
    const run = this.visible(workflowScope);
    return run ? { ok: true, value: await this.#text(run, tokens) } : runNotFound();
  }

  /** The run as it is after a command. */
  async result(shown: Shown): Promise<Reply<RunResult>> {
    const { tokens, isProgress, isReplay = false, answered } = shown;
    const run = this.#load();
    if (!run) return runNotFound();
    const needed = answered ? approvalsNeeded(run, answered.number) : null;
    const text =
      isProgress === true ? toJsonText(viewProgress(run)) : await this.#text(run, tokens);
    return {
      ok: true,
      value: { run: text, isReplay, ...(needed === null ? {} : { approvalsNeeded: needed }) },
    };
  }

  /** The current state, when a key is repeated with the same body. */
  earlier(key: RequestKey | null, shown: Shown): Promise<Reply<RunResult>> | null {
    const known = key && findKey(this.#store, key);
    if (!known) return null;
    if (known !== key.fingerprint) return Promise.resolve(keyReused());
    return this.result({ ...shown, isReplay: true });
  }

  /** The wait that a token belongs to, while it can be answered. */
  answer(token: ResumeClaims): Reply<JsonText<AnswerView>> {
    const run = this.#load();
    if (!run) return runNotFound();
    const checked = checkToken(run, token, now(run));
    if (!checked.ok) return refuse(checked.problem);
    return { ok: true, value: toJsonText(viewAnswer(run, checked.caller)) };
  }

  history(workflowScope: string | null): Reply<JsonText<History>> {
    return this.#show(workflowScope, (run) => viewHistory(run, this.#store.events(0)));
  }

  context(workflowScope: string | null): Reply<JsonText<Context>> {
    return this.#show(workflowScope, viewContext);
  }

  /** The live stream of events; `live/request.ts` defines request and response. */
  events(request: Request, stream: LiveStream): Response {
    const { workflowScope, afterSeq, reader } = readStreamRequest(request);
    const run = this.visible(workflowScope);
    if (!run) return new Response(null, { status: 404 });
    const { state } = run;
    const isComplete = isTerminal(state.status) && stillUnderWay(state).length === 0;
    return stream.respond({ reader, afterSeq, isComplete });
  }

  #show<T extends {}>(
    workflowScope: string | null,
    view: (run: ShownRun) => T,
  ): Reply<JsonText<T>> {
    const run = this.visible(workflowScope);
    return run
      ? { ok: true, value: toJsonText(view(shownWithin(run, Work.ofRequest()))) }
      : runNotFound();
  }

  #text(run: LoadedRun, tokens: TokenRights | undefined): Promise<JsonText<Run>> {
    return showRun(run, tokens, () => this.#deployment.serverSecrets);
  }
}
