/** Notices of a page: that it is loading, that something failed or changed. */
import type { ReactNode } from "react";
import { type Failure, failureText, statusOf } from "../client/answer.ts";

interface NoticeProps {
  tone: "negative" | "warning" | "positive" | "neutral";
  title: string;
  children?: ReactNode;
}

/** Announced as soon as it appears. */
export function Notice({ tone, title, children }: NoticeProps) {
  return (
    <div className="wo-notice" data-tone={tone} role={tone === "positive" ? "status" : "alert"}>
      <p className="wo-notice-title">{title}</p>
      {children}
    </div>
  );
}

export function Busy({ children }: { children: string }) {
  return (
    <p className="wo-busy" role="status">
      {children}
    </p>
  );
}

interface FailureNoticeProps {
  title: string;
  failure: Failure;
  onRetry?: () => void;
}

export function FailureNotice({ title, failure, onRetry }: FailureNoticeProps) {
  const requestId = failure.kind === "problem" ? failure.problem.request_id : null;
  return (
    <Notice tone="negative" title={title}>
      <p>{failureText(failure)}</p>
      {statusOf(failure) === 403 && <p>Sign in with a key that may do this.</p>}
      {statusOf(failure) >= 500 && requestId !== null && (
        <p>
          The request was <code>{requestId}</code>.
        </p>
      )}
      {onRetry && (
        <button type="button" className="wo-button" onClick={onRetry}>
          Try again
        </button>
      )}
    </Notice>
  );
}
