/**
 * An attempt while this object performs it, and how it is stopped: once its run is canceled it has
 * some time to end by itself, since a call that was sent may still report its result or usage. In
 * memory only; what must survive is in the log and in the mark.
 */

/** How long an attempt may continue once its run was canceled. */
const CANCEL_GRACE_MS = 2_000;
/** How long past its time limit a live attempt counts as lost. */
const LIVE_SLACK_MS = 5_000;

export class LiveAttempt {
  readonly stepId: string;
  readonly attempt: number;
  /** A request to an API was sent. */
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

  /** It has not ended by now and never will. */
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

  /** A timer that is never cleared would keep the object from sleeping. */
  end(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
  }
}
