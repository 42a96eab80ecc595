// The main job through the client that oapi-codegen generates.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"

	"example.com/clients/generated"
)

func main() {
	ctx := context.Background()
	authorize := func(_ context.Context, request *http.Request) error {
		request.Header.Set("Authorization", "Bearer "+os.Getenv("KEY"))
		return nil
	}
	client, err := generated.NewClientWithResponses(os.Getenv("URL"), generated.WithRequestEditorFn(authorize))
	check(err)

	started, err := client.StartExecutionWithResponse(ctx, nil, generated.StartExecutionRequest{WorkflowId: "content_draft_flow"})
	check(err)
	run := started.JSON202
	if run == nil {
		log.Fatalf("start answered %s", started.Status())
	}
	form, ok := waitOf(run).(generated.FormWait)
	if !ok || len(form.Fields) != 2 || form.Fields[0].Key != "topic" {
		log.Fatalf("no form: %+v", form)
	}

	inputs := map[string]interface{}{"topic": "Launch", "audience": "SMB"}
	run = resume(ctx, client, run.Id, generated.ResumeRequest{Inputs: &inputs, WaitNumber: &form.Number})
	approval, ok := waitOf(run).(generated.ApprovalWait)
	if !ok {
		log.Fatal("no approval")
	}
	comment := "Good."
	decisions := []generated.Approval{{StepId: approval.StepId, Approved: true, Comment: &comment}}
	run = resume(ctx, client, run.Id, generated.ResumeRequest{Approvals: &decisions})
	if run.Status != "completed" {
		log.Fatalf("the run is %s", run.Status)
	}

	history, err := client.ReadHistoryWithResponse(ctx, run.Id)
	check(err)
	first, err := history.JSON200.Events[0].ValueByDiscriminator()
	check(err)
	created, ok := first.(generated.RunCreatedEvent)
	if !ok || created.Data.WorkflowId != "content_draft_flow" {
		log.Fatalf("the first event is %+v", first)
	}
	fmt.Printf("completed, %d events\n", len(history.JSON200.Events))
}

func resume(ctx context.Context, client *generated.ClientWithResponses, id string, body generated.ResumeRequest) *generated.Run {
	answer, err := client.ResumeExecutionWithResponse(ctx, id, nil, body)
	check(err)
	if answer.JSON200 == nil {
		log.Fatalf("resume answered %s: %s", answer.Status(), answer.Body)
	}
	return answer.JSON200
}

func waitOf(run *generated.Run) interface{} {
	if run.Wait == nil {
		log.Fatalf("the run is %s and does not wait", run.Status)
	}
	wait, err := run.Wait.ValueByDiscriminator()
	check(err)
	return wait
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
