/**
 * An approval: what is to be approved, who decides and their progress, and the decision. Owns the
 * comment; the service says whether the reader may decide (`wait.can_decide`): if not, there are no
 * buttons, but a reason.
 */
import { type ComponentProps, type Ref, useEffect, useId, useRef, useState } from "react";
import { FieldError, Label, TextArea, TextField } from "react-aria-components";
import { refusedWords } from "#model/decision-words.ts";
import { LIMITS } from "#model/limits.ts";
import { Button } from "./Button.tsx";
import { classNames } from "./class-names.ts";
import type { ApprovalWait } from "./api-types.ts";
import { ApprovalProgress } from "./ApprovalProgress.tsx";
import { Expiry } from "./Expiry.tsx";
import { JsonView } from "./JsonView.tsx";
import { Mark } from "./Mark.tsx";
import { SendingStatus } from "./SendingStatus.tsx";

interface Decision {
  approved: boolean;
  comment?: string;
}

export interface ApprovalPanelProps extends Omit<ComponentProps<"section">, "children"> {
  wait: ApprovalWait;
  /** What is to be approved, rendered for people. */
  subject?: unknown;
  isSubmitting?: boolean | undefined;
  /** Why the last decision was refused. */
  problem?: string | undefined;
  requireCommentOnReject?: boolean | undefined;
  onDecide(decision: Decision): void;
}

export function ApprovalPanel({
  wait,
  subject,
  isSubmitting = false,
  problem,
  requireCommentOnReject = false,
  onDecide,
  className,
  ...rest
}: ApprovalPanelProps) {
  const id = useId();
  const refused = refusedWords(wait);
  return (
    <section {...rest} className={classNames("wo-approval", className)} aria-labelledby={id}>
      <header className="wo-approval-header">
        <h2 className="wo-title" id={id}>
          Approval at <code>{wait.step_id}</code>
        </h2>
        {wait.expires_at !== undefined && <Expiry at={wait.expires_at} />}
      </header>
      {subject !== undefined && (
        <div className="wo-approval-subject">
          <h3 className="wo-label">To be approved</h3>
          <JsonView value={subject} />
        </div>
      )}
      <ApprovalProgress wait={wait} />
      {refused === null ? (
        <DecisionForm
          isSubmitting={isSubmitting}
          problem={problem}
          requireCommentOnReject={requireCommentOnReject}
          onDecide={onDecide}
        />
      ) : (
        <p className="wo-note">{refused}</p>
      )}
    </section>
  );
}

type DecisionFormProps = Pick<ApprovalPanelProps, "problem" | "onDecide"> & {
  isSubmitting: boolean;
  requireCommentOnReject: boolean;
};

function DecisionForm(props: DecisionFormProps) {
  const { isSubmitting, problem, requireCommentOnReject, onDecide } = props;
  const [comment, setComment] = useState("");
  const [chosen, setChosen] = useState<boolean | null>(null);
  const [error, setError] = useState<string | null>(null);
  const area = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (error !== null) area.current?.focus();
  }, [error]);

  function decide(approved: boolean): void {
    if (isSubmitting) return;
    const text = comment.trim();
    const found = commentError(text, requireCommentOnReject && !approved);
    setError(found);
    if (found !== null) {
      area.current?.focus();
      return;
    }
    setChosen(approved);
    onDecide({ approved, ...(text === "" ? {} : { comment: text }) });
  }

  return (
    <div className="wo-approval-form">
      <CommentField
        ref={area}
        value={comment}
        error={error}
        remark={requireCommentOnReject ? "required to reject" : "optional"}
        onChange={(text) => {
          setComment(text);
          setError(null);
        }}
      />
      {problem !== undefined && (
        <p className="wo-note" data-tone="negative" role="alert">
          <Mark name="error" />
          {problem}
        </p>
      )}
      <div className="wo-actions">
        <Button kind="primary" isPending={isSubmitting} onClick={() => decide(true)}>
          {isSubmitting && chosen === true ? "Approving…" : "Approve"}
        </Button>
        <Button kind="negative" isPending={isSubmitting} onClick={() => decide(false)}>
          {isSubmitting && chosen === false ? "Rejecting…" : "Reject"}
        </Button>
        <SendingStatus isSending={isSubmitting} />
      </div>
    </div>
  );
}

interface CommentFieldProps {
  ref: Ref<HTMLTextAreaElement>;
  value: string;
  error: string | null;
  remark: string;
  onChange(text: string): void;
}

function CommentField({ ref, value, error, remark, onChange }: CommentFieldProps) {
  return (
    <TextField
      className="wo-field"
      value={value}
      onChange={onChange}
      isInvalid={error !== null}
      validationBehavior="aria"
    >
      <Label className="wo-field-label">
        Comment
        <span className="wo-field-optional"> ({remark})</span>
      </Label>
      <div className="wo-field-control">
        <TextArea ref={ref} className="wo-input" data-size="small" rows={2} />
      </div>
      <FieldError className="wo-field-error">
        <Mark name="error" />
        {error}
      </FieldError>
    </TextField>
  );
}

function commentError(text: string, isRequired: boolean): string | null {
  if (isRequired && text === "") return "A rejection needs a comment.";
  // Counted in code points, like the service.
  if (Array.from(text).length <= LIMITS.commentLength) return null;
  return `The comment must have at most ${LIMITS.commentLength} characters.`;
}
