/** Checks a workflow before it is published: all findings, each with its place. */
import { type SubmitEvent, useId, useState } from "react";
import type { Diagnostic } from "#model/diagnostic.ts";
import { PageHeading } from "../app/navigation.tsx";
import { FailureNotice, Notice } from "../app/notices.tsx";
import { useApi } from "../app/session.tsx";
import type { Answer } from "../client/answer.ts";
import { DiagnosticsList } from "../components/DiagnosticsList.tsx";

interface Checked {
  /** The checked text, which the lines refer to. */
  source: string;
  answer: Answer<{ diagnostics: Diagnostic[] }>;
}

export function CheckPage() {
  const api = useApi();
  const field = useId();
  const [text, setText] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [checked, setChecked] = useState<Checked | null>(null);
  const check = async () => {
    setBusy(true);
    const answer = await api.checkWorkflow(idIn(text), text);
    setBusy(false);
    setChecked({ source: text, answer });
  };
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    if (!isBusy) void check();
  };
  return (
    <>
      <PageHeading>Check a workflow</PageHeading>
      <form className="wo-card wo-stack" onSubmit={onSubmit}>
        <div className="wo-field">
          <label className="wo-field-label" htmlFor={field}>
            YAML
          </label>
          <textarea
            id={field}
            className="wo-input wo-code-input"
            rows={16}
            required
            spellCheck={false}
            autoCapitalize="none"
            wrap="off"
            value={text}
            aria-describedby={`${field}-help`}
            onChange={(event) => setText(event.target.value)}
          />
          <p id={`${field}-help`} className="wo-muted wo-small">
            Nothing is stored. The Tab key leaves the field.
          </p>
        </div>
        <div>
          <button type="submit" className="wo-button" data-kind="primary" aria-disabled={isBusy}>
            {isBusy ? "Checking …" : "Check"}
          </button>
        </div>
      </form>
      {checked && <Findings checked={checked} />}
    </>
  );
}

function Findings({ checked: { source, answer } }: { checked: Checked }) {
  if (!answer.ok) {
    return <FailureNotice title="The workflow was not checked" failure={answer.failure} />;
  }
  const { diagnostics } = answer.value;
  if (diagnostics.length === 0) return <Notice tone="positive" title="No problems found" />;
  return <DiagnosticsList diagnostics={diagnostics} source={source} />;
}

/** The id for the address, taken from the text, so that the two do not differ. */
function idIn(text: string): string {
  const id = /^id: *["']?([a-z][a-z0-9_-]{0,63})["']? *(?:#.*)?$/m.exec(text)?.[1];
  return id ?? "candidate";
}
