import type { Meta, StoryContext, StoryObj } from "@storybook/react";
import { mswLoader } from "msw-storybook-addon/csf3";
import { expect, waitFor } from "storybook/test";
import { DECISION, FORM_ANSWERS, REJECTION } from "../features/fixtures/fixtures.ts";
import type { Run } from "#model/run.ts";
import { MainJob } from "./MainJob.tsx";
import { createHandlers } from "./mocks/handlers.ts";

/** Start, form, approval, end, as in the scenarios: real requests, answered by the mocks. */
const meta = {
  title: "MVID/MainJob",
  component: MainJob,
  args: { workflowId: "content_draft_flow" },
  loaders: [mswLoader()],
  beforeEach({ msw }) {
    msw.use(...createHandlers());
  },
} satisfies Meta<typeof MainJob>;
export default meta;
type Story = StoryObj<typeof meta>;
type Playing = Pick<StoryContext, "canvas" | "userEvent">;

async function start({ canvas, userEvent }: Playing): Promise<void> {
  await userEvent.click(canvas.getByRole("button", { name: /^Start / }));
  await expect(await canvas.findByText("Waiting for a person")).toBeVisible();
}

async function answerTheForm({ canvas, userEvent }: Playing): Promise<void> {
  await userEvent.type(canvas.getByLabelText("What is it about?"), FORM_ANSWERS.topic);
  await userEvent.type(canvas.getByLabelText("Who is it for?"), FORM_ANSWERS.audience);
  await userEvent.click(canvas.getByRole("button", { name: "Submit" }));
}

export const Completed: Story = {
  async play({ canvas, userEvent }) {
    await start({ canvas, userEvent });
    const status = canvas.getByText("Waiting for a person").closest('[role="status"]');
    await expect(status).toHaveTextContent("Waiting for a person at form");
    await answerTheForm({ canvas, userEvent });
    const panel = await canvas.findByRole("region", { name: "Approval at approval" });
    await expect(status).toHaveTextContent("Waiting for a person at approval");
    await waitFor(() => expect(panel).toHaveTextContent(/Draft about Launch for SMB/));
    await userEvent.type(canvas.getByLabelText(/^Comment/), DECISION.comment);
    await userEvent.click(canvas.getByRole("button", { name: "Approve" }));
    await waitFor(() => expect(status).toHaveTextContent("Completed"));
    await expect(panel).not.toBeInTheDocument();
    await expect(await canvas.findByText("Log: 15 events")).toBeVisible();
  },
};

export const Rejected: Story = {
  async play({ canvas, userEvent }) {
    await start({ canvas, userEvent });
    await answerTheForm({ canvas, userEvent });
    await userEvent.type(await canvas.findByLabelText(/^Comment/), REJECTION.comment);
    await userEvent.click(canvas.getByRole("button", { name: "Reject" }));
    await expect(await canvas.findByText("Failed")).toBeVisible();
    await expect(canvas.getAllByText("approval_rejected")).not.toHaveLength(0);
  },
};

/** Someone else answers while the form is being filled in: nothing is answered twice. */
export const AnsweredElsewhere: Story = {
  async play({ canvas, userEvent }) {
    await start({ canvas, userEvent });
    await resumeElsewhere();
    await answerTheForm({ canvas, userEvent });
    await expect(await canvas.findByRole("alert")).toHaveTextContent(/wait/);
    await expect(canvas.getByLabelText("What is it about?")).toHaveValue(FORM_ANSWERS.topic);
  },
};

async function resumeElsewhere(): Promise<void> {
  const headers = { authorization: "Bearer other", "content-type": "application/json" };
  const list = await fetch("/v1/executions", { headers });
  const { items } = (await list.json()) as { items: Run[] };
  const body = JSON.stringify({ inputs: FORM_ANSWERS });
  const path = `/v1/executions/${items[0]?.id ?? ""}/resume`;
  const answer = await fetch(path, { method: "POST", headers, body });
  await expect(answer.status).toBe(200);
}
