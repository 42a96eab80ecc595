import type { Meta, StoryObj } from "@storybook/react";
import { expect } from "storybook/test";
import { BROKEN_WORKFLOW_YAML, RECORDING } from "../features/fixtures/fixtures.ts";
import { DiagnosticsList } from "#console/components/DiagnosticsList.tsx";

const { diagnostics } = RECORDING.validation;

const meta = {
  title: "MVID/DiagnosticsList",
  component: DiagnosticsList,
  args: { diagnostics, source: BROKEN_WORKFLOW_YAML },
} satisfies Meta<typeof DiagnosticsList>;
export default meta;
type Story = StoryObj<typeof meta>;

export const WithSource: Story = {
  async play({ canvas }) {
    await expect(canvas.getByRole("status")).toHaveTextContent("4 errors, 1 warning, 2 hints");
    const items = canvas.getAllByRole("article");
    await expect(items).toHaveLength(7);
    await expect(items[0]).toHaveTextContent(
      /^Error: Unknown step type "ai_generat"; the types are .*approval\.13:11 unknown_step_type13type: ai_generatDid you mean "ai_generate"\?$/,
    );
    await expect(items[0]?.querySelector("mark")).toHaveTextContent("ai_generat");
    await expect(items[4]).toHaveTextContent(/^Warning: Both outcomes lead to the same step/);
    await expect(items[5]).toHaveTextContent(/^Hint: Without "expires_in_s" the form waits/);
  },
};

export const WithoutSource: Story = {
  args: { source: undefined },
  async play({ canvasElement, canvas }) {
    await expect(canvasElement.querySelector("pre")).toBeNull();
    await expect(canvas.getByText("20:11")).toBeVisible();
  },
};

/** Findings about JSON have no lines. */
export const WithoutPlaces: Story = {
  args: {
    source: undefined,
    diagnostics: [
      {
        severity: "error",
        code: "missing_key",
        message: '"start_step" is missing.',
        pointer: "",
      },
      {
        severity: "error",
        code: "unknown_key",
        message: 'Unknown key "aprovers".',
        pointer: "/steps/3/config/aprovers",
        suggestion: "approvers",
      },
    ],
  },
  async play({ canvas }) {
    await expect(canvas.getByText("whole document")).toBeVisible();
    await expect(canvas.getByText("/steps/3/config/aprovers")).toBeVisible();
    await expect(canvas.getByText('Did you mean "approvers"?')).toBeVisible();
  },
};

export const LongLine: Story = {
  args: {
    source: `prompt: "${"long ".repeat(60)}" {{{draft}}} ${"and on ".repeat(30)}`,
    diagnostics: [
      {
        severity: "warning",
        code: "template_syntax",
        message: "Triple braces are not supported.",
        pointer: "/prompt",
        line: 1,
        column: 312,
      },
    ],
  },
};

/** A hint is none of the problems that keep a workflow from doing what it says. */
export const Hint: Story = {
  args: {
    source: undefined,
    diagnostics: [
      {
        severity: "hint",
        code: "no_expiry",
        message: 'Without "expires_in_s" the form waits until it is answered.',
        pointer: "/steps/0/config",
      },
    ],
  },
  async play({ canvas }) {
    await expect(canvas.getByRole("status")).toHaveTextContent("1 hint");
    await expect(canvas.getByText("Hint:", { exact: false })).toBeInTheDocument();
  },
};

export const NoProblems: Story = {
  args: { diagnostics: [] },
  async play({ canvas }) {
    await expect(canvas.getByRole("status")).toHaveTextContent("No problems found");
  },
};

export const Dark: Story = { globals: { theme: "dark" } };

export const OnAPhone: Story = {
  globals: { viewport: { value: "phone" } },
  async play() {
    await expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(320);
  },
};
