import type { Meta, StoryObj } from "@storybook/react";
import { expect } from "storybook/test";
import { RunStatus } from "#console/components/RunStatus.tsx";

const meta = { title: "MVID/RunStatus", component: RunStatus } satisfies Meta<typeof RunStatus>;
export default meta;
type Story = StoryObj<typeof meta>;

export const Queued: Story = { args: { run: { status: "queued", current_step: null } } };

export const Running: Story = {
  args: { run: { status: "running", current_step: "generate" } },
  async play({ canvas }) {
    await expect(canvas.getByRole("status")).toHaveTextContent("Running at generate");
  },
};

export const Waiting: Story = {
  args: { run: { status: "waiting", current_step: "form" } },
  async play({ canvas }) {
    const status = canvas.getByRole("status");
    await expect(status).toHaveTextContent("Waiting for a person at form");
    await expect(status).toHaveAttribute("data-status", "waiting");
  },
};

export const Completed: Story = { args: { run: { status: "completed", current_step: null } } };

export const Failed: Story = {
  args: {
    run: {
      status: "failed",
      current_step: null,
      error: {
        code: "ai_schema_violation",
        message: 'The answer does not fit the schema: /draft is missing ("required").',
        step_id: "generate",
      },
    },
  },
  async play({ canvas }) {
    await expect(canvas.getByRole("status")).toHaveTextContent("Failed at generate");
    await expect(canvas.getByText("ai_schema_violation")).toBeVisible();
  },
};

export const Canceled: Story = { args: { run: { status: "canceled", current_step: null } } };
