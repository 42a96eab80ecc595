/** The sign-in page: a key or a token, tested before it is stored. */
import { type SubmitEvent, useId, useState } from "react";
import { PageHeading } from "../app/navigation.tsx";
import { FailureNotice, Notice } from "../app/notices.tsx";
import { useSession } from "../app/session.tsx";
import { type Failure, statusOf } from "../client/answer.ts";
import { createApi } from "../client/api.ts";

type Outcome = { kind: "unusable" } | { kind: "failed"; failure: Failure } | null;

/** The characters that a header allows, and every key or token consists of. */
const CREDENTIALS = /^[\x21-\x7e]+$/;

export function SignInPage() {
  const { notice, signIn } = useSession();
  const [given, setGiven] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<Outcome>(null);

  const tryKey = async () => {
    const credentials = given.trim().replace(/^Bearer +/i, "");
    if (!CREDENTIALS.test(credentials)) return setOutcome({ kind: "unusable" });
    setBusy(true);
    const answer = await createApi(credentials, () => {}).listRuns({});
    setBusy(false);
    if (answer.ok) signIn(credentials);
    else setOutcome({ kind: "failed", failure: answer.failure });
  };
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    if (!isBusy) void tryKey();
  };

  return (
    <div className="wo-door">
      <PageHeading>Sign in</PageHeading>
      {notice !== "" && outcome === null && <Notice tone="warning" title={notice} />}
      {outcome && <SignInFailure outcome={outcome} />}
      <form className="wo-card wo-stack" onSubmit={onSubmit}>
        <KeyField value={given} onChange={setGiven} />
        <div>
          <button
            type="submit"
            className="wo-button"
            data-kind="primary"
            aria-disabled={isBusy}
            data-busy={isBusy || undefined}
          >
            {isBusy ? "Signing in …" : "Sign in"}
          </button>
        </div>
      </form>
      <p className="wo-muted wo-small">
        Programs use the <a href="/docs/">API</a>.
      </p>
    </div>
  );
}

interface KeyFieldProps {
  value: string;
  onChange(text: string): void;
}

function KeyField({ value, onChange }: KeyFieldProps) {
  const id = useId();
  return (
    <div className="wo-field">
      <label className="wo-field-label" htmlFor={id}>
        API key or token
      </label>
      <input
        id={id}
        className="wo-input"
        type="password"
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        required
        value={value}
        aria-describedby={`${id}-help`}
        onChange={(event) => onChange(event.target.value)}
      />
      <p id={`${id}-help`} className="wo-field-help">
        <span>
          A key starts with <code>wo_</code>; <code>npm start</code> prints one. It is kept until
          you close this tab.
        </span>
      </p>
    </div>
  );
}

function SignInFailure({ outcome }: { outcome: NonNullable<Outcome> }) {
  if (outcome.kind === "unusable") {
    const title = "This is not a key";
    return (
      <Notice tone="negative" title={title}>
        <p>A key or token consists of letters, digits and punctuation, without spaces.</p>
      </Notice>
    );
  }
  const { failure } = outcome;
  switch (statusOf(failure)) {
    case 401:
      return <FailureNotice title="This key is not accepted" failure={failure} />;
    case 403:
      return (
        <Notice tone="negative" title="This key is not allowed to see runs">
          <p>
            The console needs the scope <code>runs:read</code>. Ask the operator of the service for
            a key that has it.
          </p>
        </Notice>
      );
    default:
      return <FailureNotice title="Signing in did not work" failure={failure} />;
  }
}
