/** The form that a run waits for, with the service's errors about the last answers. */
import type { JsonObject } from "#model/json.ts";
import { FailureNotice } from "../../app/notices.tsx";
import type { Failure } from "../../client/answer.ts";
import type { FormWait as Wait } from "../../components/api-types.ts";
import { Expiry } from "../../components/Expiry.tsx";
import { fieldFindings } from "../../components/form-errors.ts";
import { FormRenderer } from "../../components/FormRenderer.tsx";

interface FormWaitProps {
  wait: Wait;
  failure: Failure | null;
  isBusy: boolean;
  onSubmit: (inputs: JsonObject) => void;
}

export function FormWait({ wait, failure, isBusy, onSubmit }: FormWaitProps) {
  const problem = failure?.kind === "problem" ? failure.problem : null;
  const refused = fieldFindings(problem);
  return (
    <div className="wo-card wo-stack">
      {wait.expires_at !== undefined && <Expiry at={wait.expires_at} />}
      {failure && refused === null && (
        <FailureNotice title="Your answers were not accepted" failure={failure} />
      )}
      <FormRenderer
        fields={wait.fields}
        prefill={wait.prefill}
        answeredBefore={wait.answered_before}
        errors={refused ?? wait.errors}
        isSubmitting={isBusy}
        onSubmit={onSubmit}
      />
    </div>
  );
}
