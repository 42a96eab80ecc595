/**
 * An attempt while it is being performed here, and how it is stopped: once its run is canceled it
 * gets some time to end by itself, since a call that has left may still tell what it did or took.
 * In memory only; what must survive is in the log and in the mark.
 */

/** How long an attempt may still take once its run was canceled. */
const CANCEL_GRACE_MS = 2_000;
/** Beyond its time limit, a live attempt is taken for lost after this long. */
const LIVE_SLACK_MS = 5_000;

export class LiveAttempt {
  readonly stepId: string;
  readonly attempt: number;
  /** A request to an API has left. */
  hasLeft = false;
  readonly #stop = new AbortController();
  #timer: ReturnType<typeof setTimeout> | null = null;
  #isCanceled = false;
  /** Epoch ms. */
  #lostAt: number;

  constructor(stepId: string, attempt: number, timeoutMs: number) {
    this.stepId = stepId;
    this.attempt = attempt;
    this.#lostAt = Date.now() + timeoutMs + LIVE_SLACK_MS;
  }

  /** Aborted when the time after a cancel is over. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  get isCanceled(): boolean {
    return this.#isCanceled;
  }

  /** It has said nothing by now and never will. */
  get isLost(): boolean {
    return Date.now() > this.#lostAt;
  }

  is({ step_id, attempt }: { step_id: string; attempt: number }): boolean {
    return this.stepId === step_id && this.attempt === attempt;
  }

  cancel(): void {
    if (this.#isCanceled) return;
    this.#isCanceled = true;
    this.#lostAt = Date.now() + CANCEL_GRACE_MS + LIVE_SLACK_MS;
    this.#timer = setTimeout(() => {
      this.#stop.abort(new DOMException("The run was canceled.", "AbortError"));
    }, CANCEL_GRACE_MS);
  }

  /** A timer that is left behind would keep the object from sleeping. */
  end(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
  }
}
