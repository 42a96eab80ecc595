// The main job through the client that openapi-generator generates for java.
package clients;

import java.util.List;
import java.util.Map;
import org.openapitools.client.ApiClient;
import org.openapitools.client.api.ExecutionsApi;
import org.openapitools.client.model.*;

public final class MainJob {
  public static void main(String[] args) throws Exception {
    ApiClient client = new ApiClient();
    client.updateBaseUri(System.getenv("URL").replaceAll("/$", ""));
    client.setRequestInterceptor(
        request -> request.header("Authorization", "Bearer " + System.getenv("KEY")));
    ExecutionsApi executions = new ExecutionsApi(client);

    Run run =
        executions.startExecution(
            new StartExecutionRequest().workflowId("content_draft_flow"), null, null);
    FormWait form = run.getWait().getFormWait();
    check(form.getFields().get(0).getKey().equals("topic"), form);

    Map<String, Object> inputs = Map.of("topic", "Launch", "audience", "SMB");
    run =
        executions.resumeExecution(
            run.getId(),
            new ResumeRequest().inputs(inputs).waitNumber(form.getNumber()),
            null,
            null);
    ApprovalWait wait = run.getWait().getApprovalWait();
    Approval approval = new Approval().stepId(wait.getStepId()).approved(true).comment("Good.");
    run =
        executions.resumeExecution(
            run.getId(), new ResumeRequest().approvals(List.of(approval)), null, null);
    check(run.getStatus() == Run.StatusEnum.COMPLETED, run);

    History history = executions.readHistory(run.getId());
    RunCreatedEvent first = history.getEvents().get(0).getRunCreatedEvent();
    check(first.getData().getWorkflowId().equals("content_draft_flow"), first);
    System.out.println("completed, " + history.getEvents().size() + " events");
  }

  private static void check(boolean holds, Object seen) {
    if (!holds) throw new IllegalStateException(String.valueOf(seen));
  }
}
