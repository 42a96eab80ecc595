import type { Meta, StoryObj } from "@storybook/react";
import { expect, waitFor, within } from "storybook/test";
import { MAIN_JOB } from "../features/fixtures/fixtures.ts";
import { RunTimeline } from "#console/components/RunTimeline.tsx";
import { RETRIED } from "./timeline-stories.ts";

const meta = {
  title: "MVID/RunTimeline",
  component: RunTimeline,
  args: MAIN_JOB.completed.history,
  argTypes: { steps: { control: "object" } },
  render: ({ steps, events }) => <RunTimeline steps={steps} events={events} />,
} satisfies Meta<typeof RunTimeline>;
export default meta;
type Story = StoryObj<typeof meta>;

export const Completed: Story = {
  async play({ canvas, userEvent }) {
    const steps = canvas.getAllByRole("heading", { level: 3 });
    await expect(steps.map((step) => step.textContent)).toEqual(["form", "generate", "approval"]);
    const generate = steps[1]?.closest("li");
    await expect(generate).toHaveTextContent("AICompleted in 2 s");
    await expect(generate).toHaveTextContent("1 model call, 91 tokens in, 22 out");
    if (!generate) throw new Error("the second step is not there");
    await userEvent.click(within(generate).getByText("Output"));
    await expect(await canvas.findByText(/^Draft about Launch for SMB/)).toBeVisible();
  },
};

export const WaitingForTheForm: Story = {
  args: MAIN_JOB.form.history,
  async play({ canvas }) {
    await expect(canvas.getByRole("listitem")).toHaveTextContent(/^formFormWaiting since /);
  },
};

export const WaitingForTheApproval: Story = { args: MAIN_JOB.approval.history };

export const Rejected: Story = {
  args: MAIN_JOB.rejected.history,
  async play({ canvas }) {
    await expect(canvas.getByText("approval_rejected")).toBeVisible();
    await expect(canvas.getByText(/Rejected by key:dev\./)).toBeVisible();
  },
};

export const Canceled: Story = { args: MAIN_JOB.canceled_at_approval.history };

/** A model that needed three attempts, and a call that failed for good. */
export const RetriedAndFailed: Story = {
  args: RETRIED,
  async play({ canvas, userEvent }) {
    const [generate, notify] = canvas
      .getAllByRole("heading", { level: 3 })
      .map((heading) => heading.closest<HTMLElement>("li"));
    await expect(generate).toHaveTextContent("Completed, attempt 3 in 5.2 s");
    await expect(generate).toHaveTextContent("3 model calls, 312 tokens in, 96 out, $0.0021");
    await expect(generate).toHaveTextContent(
      "Attempt 1. Retries in 500 ms: network_error: The connection was lost.",
    );
    await expect(generate).toHaveTextContent(
      "Attempt 2. Retries in 0 ms: ai_schema_violation: /body is missing.",
    );
    if (!notify) throw new Error("the second step is not there");
    await expect(within(notify).getByText("http_error")).toBeVisible();
    await expect(notify).toHaveTextContent("The server answered 410: this hook was removed.");
    await userEvent.click(within(notify).getByText("What the server answered"));
    await expect(await within(notify).findByText("2026-10-01")).toBeVisible();
  },
};

export const Log: Story = {
  async play({ canvas, userEvent }) {
    await userEvent.click(canvas.getByText("Log: 15 events"));
    const log = await waitFor(() => {
      const list = canvas.getAllByRole("list").at(-1);
      if (list?.className !== "wo-log") throw new Error("the log is not open yet");
      return list;
    });
    const lines = Array.from(log.children, (line) => line.textContent);
    await expect(lines).toHaveLength(15);
    await expect(lines[4]).toBe("5+4 minrun.resumedform: Answered by key:dev");
    await expect(lines[8]).toBe(
      "9+4 min 2 sai.responsegenerate: Answer of mock after 2 s, 91 + 22 tokens",
    );
    await userEvent.click(within(log).getByText(/Answered by/));
    await expect(await within(log).findByText("wait_number")).toBeVisible();
  },
};

export const NotStarted: Story = {
  args: { steps: [], events: [] },
  async play({ canvas }) {
    await expect(canvas.getByText("No step has started yet.")).toBeVisible();
  },
};

export const Dark: Story = { args: RETRIED, globals: { theme: "dark" } };

export const OnAPhone: Story = {
  args: RETRIED,
  globals: { viewport: { value: "phone" } },
  async play({ canvas, userEvent }) {
    await userEvent.click(canvas.getByText(/^Log: /));
    await expect(await canvas.findAllByText("step.retrying")).toHaveLength(2);
    await expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(320);
  },
};
