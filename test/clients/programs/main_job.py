"""The main job through the client that openapi-python-client generates."""

import os

from generated import AuthenticatedClient
from generated.api.executions import read_history, resume_execution, start_execution
from generated.models import (
    Approval,
    ApprovalWait,
    FormWait,
    ResumeRequest,
    ResumeRequestInputs,
    Run,
    RunCreatedEvent,
    RunStatus,
    StartExecutionRequest,
)

client = AuthenticatedClient(base_url=os.environ["URL"].rstrip("/"), token=os.environ["KEY"])


def as_run(answer: object) -> Run:
    assert isinstance(answer, Run), answer
    return answer


run = as_run(
    start_execution.sync(client=client, body=StartExecutionRequest(workflow_id="content_draft_flow"))
)
assert isinstance(run.wait, FormWait), run.wait
assert [field.key for field in run.wait.fields] == ["topic", "audience"], run.wait.fields

inputs = ResumeRequestInputs.from_dict({"topic": "Launch", "audience": "SMB"})
answer = ResumeRequest(inputs=inputs, wait_number=run.wait.number)
run = as_run(resume_execution.sync(run.id, client=client, body=answer))
assert isinstance(run.wait, ApprovalWait), run.wait

approval = Approval(step_id=run.wait.step_id, approved=True, comment="Good.")
run = as_run(resume_execution.sync(run.id, client=client, body=ResumeRequest(approvals=[approval])))
assert run.status == RunStatus.COMPLETED, run.status

history = read_history.sync(run.id, client=client)
first = history.events[0]
assert isinstance(first, RunCreatedEvent), first
assert first.data.workflow_id == "content_draft_flow", first.data
print(f"completed, {len(history.events)} events")
