/** Cancels a run, after a confirmation: it cannot be undone. */
import { type SubmitEvent, useCallback, useId, useRef, useState } from "react";
import type { Run } from "#model/run.ts";
import { FailureNotice } from "../../app/notices.tsx";
import { useApi } from "../../app/session.tsx";
import { type Failure, statusOf } from "../../client/answer.ts";
import { useWrite } from "../../client/use-write.ts";

interface CancelRunProps {
  run: Run;
  reload: () => Promise<void>;
}

export function CancelRun({ run, reload }: CancelRunProps) {
  const api = useApi();
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  const [reason, setReason] = useState("");
  const [failure, setFailure] = useState<Failure | null>(null);
  const { isBusy, write } = useWrite(
    useCallback((why: string, key: string) => api.cancelRun(run.id, why, key), [api, run.id]),
  );
  const cancel = async () => {
    setFailure(null);
    const answer = await write(reason.trim());
    if (answer === null) return;
    if (!answer.ok && statusOf(answer.failure) !== 409) return setFailure(answer.failure);
    dialog.current?.close();
    // After a 409 too: the run has ended, and the page has to show how.
    await reload();
    document.getElementById("present")?.focus();
  };
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    void cancel();
  };
  return (
    <>
      <button
        type="button"
        className="wo-button"
        data-kind="negative"
        onClick={() => dialog.current?.showModal()}
      >
        Cancel the run …
      </button>
      <dialog ref={dialog} className="wo-dialog" aria-labelledby={`${id}-title`}>
        <form className="wo-stack" onSubmit={onSubmit}>
          <h2 id={`${id}-title`}>Cancel this run?</h2>
          <p>No further step starts, and it can no longer be answered. This cannot be undone.</p>
          {failure && <FailureNotice title="The run was not canceled" failure={failure} />}
          <ReasonField value={reason} onChange={setReason} />
          <div className="wo-actions">
            <button type="button" className="wo-button" onClick={() => dialog.current?.close()}>
              Keep it running
            </button>
            <button type="submit" className="wo-button" data-kind="negative" aria-disabled={isBusy}>
              {isBusy ? "Canceling …" : "Cancel the run"}
            </button>
          </div>
        </form>
      </dialog>
    </>
  );
}

function ReasonField({ value, onChange }: { value: string; onChange(text: string): void }) {
  const id = useId();
  return (
    <div className="wo-field">
      <label htmlFor={id}>Reason (optional)</label>
      <input
        id={id}
        type="text"
        maxLength={1000}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    </div>
  );
}
