/** The form that a run waits for, with what the service said about the last answers. */
import type { JsonObject } from "../../../model/json.ts";
import { FailureNotice } from "../../app/notices.tsx";
import type { Failure } from "../../client/answer.ts";
import type { FormWait as Wait } from "../../components/api-types.ts";
import { Expiry } from "../../components/Expiry.tsx";
import { FormRenderer } from "../../components/FormRenderer.tsx";

interface FormWaitProps {
  wait: Wait;
  failure: Failure | null;
  isBusy: boolean;
  onSubmit: (inputs: JsonObject) => void;
}

export function FormWait({ wait, failure, isBusy, onSubmit }: FormWaitProps) {
  const problem = failure?.kind === "problem" ? failure.problem : null;
  const isAboutFields = problem?.code === "invalid_inputs" && problem.errors !== undefined;
  const errors = isAboutFields ? problem.errors : wait.errors;
  return (
    <div className="wo-card wo-stack">
      {wait.expires_at !== undefined && <Expiry at={wait.expires_at} />}
      {failure && !isAboutFields && (
        <FailureNotice title="Your answers were not taken" failure={failure} />
      )}
      <FormRenderer
        fields={wait.fields}
        prefill={wait.prefill}
        errors={errors}
        isSubmitting={isBusy}
        onSubmit={onSubmit}
      />
    </div>
  );
}
