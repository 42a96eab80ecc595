import type { Meta, StoryObj } from "@storybook/react";
import { expect, fn, waitFor } from "storybook/test";
import { DECISION, MAIN_JOB, REJECTION } from "../features/fixtures/fixtures.ts";
import type { ApprovalWait } from "#console/components/api-types.ts";
import { ApprovalPanel } from "#console/components/ApprovalPanel.tsx";

const WAIT = approvalOf(MAIN_JOB.approval.run.wait);
const DRAFT = MAIN_JOB.approval.history.steps.find(({ step_id: id }) => id === "generate")?.output;

const meta = {
  title: "MVID/ApprovalPanel",
  component: ApprovalPanel,
  args: { wait: WAIT, subject: DRAFT, onDecide: fn() },
} satisfies Meta<typeof ApprovalPanel>;
export default meta;
type Story = StoryObj<typeof meta>;

function approvalOf(wait: typeof MAIN_JOB.approval.run.wait): ApprovalWait {
  if (wait?.type !== "approval") throw new Error("the fixture does not wait for an approval");
  return wait;
}

export const Default: Story = {
  async play({ canvas, userEvent, args }) {
    const panel = canvas.getByRole("region", { name: "Approval at approval" });
    await expect(panel).toHaveTextContent(/Draft about Launch for SMB/);
    await expect(canvas.getByRole("heading", { name: "0 of 1 approval" })).toBeVisible();
    await expect(panel).toHaveTextContent("dev-internal@example.com has not decided yet");
    await userEvent.type(canvas.getByLabelText(/^Comment/), DECISION.comment);
    await userEvent.click(canvas.getByRole("button", { name: "Approve" }));
    await expect(args.onDecide).toHaveBeenCalledWith(DECISION);
  },
};

export const KeyboardOnly: Story = {
  async play({ canvas, userEvent, args }) {
    await userEvent.tab();
    await expect(canvas.getByLabelText(/^Comment/)).toHaveFocus();
    await userEvent.tab();
    await expect(canvas.getByRole("button", { name: "Approve" })).toHaveFocus();
    await userEvent.keyboard("{Enter}");
    await expect(args.onDecide).toHaveBeenCalledWith({ approved: true });
  },
};

export const CommentNeededToReject: Story = {
  args: { requireCommentOnReject: true },
  async play({ canvas, userEvent, args }) {
    const comment = canvas.getByLabelText("Comment (required to reject)");
    await userEvent.click(canvas.getByRole("button", { name: "Reject" }));
    await waitFor(() => expect(comment).toHaveFocus());
    await expect(comment).toBeInvalid();
    await expect(comment).toHaveAccessibleDescription("A rejection needs a comment.");
    await expect(args.onDecide).not.toHaveBeenCalled();
    await userEvent.type(comment, REJECTION.comment);
    await expect(comment).toBeValid();
    await userEvent.click(canvas.getByRole("button", { name: "Reject" }));
    await expect(args.onDecide).toHaveBeenCalledWith(REJECTION);
  },
};

const ASKED: ApprovalWait = {
  ...WAIT,
  approvers: ["ana@example.com", "Ben@example.com", "chris@example.com"],
  quorum: 2,
  decisions: [
    {
      by: "ben@example.com",
      approved: true,
      comment: "Fine with me.\nThe second paragraph could be shorter.",
      at: "2026-11-22T09:36:00.000Z",
    },
    { by: "key:reviewbot", approved: false, at: "2026-11-22T09:37:00.000Z" },
  ],
};

/** Two of three, one of whom has approved; a key has rejected. */
export const Quorum: Story = {
  args: { wait: ASKED },
  async play({ canvas }) {
    await expect(canvas.getByRole("heading", { name: "1 of 2 approvals" })).toBeVisible();
    const words = canvas.getAllByRole("listitem").map((item) => item.textContent);
    await expect(words).toHaveLength(4);
    await expect(words[0]).toBe("ana@example.com has not decided yet");
    await expect(words[1]).toMatch(/^Ben@example\.com approvedFine with me\./);
    await expect(words[3]).toMatch(/^key:reviewbot rejected/);
  },
};

/** Names, lists, numbers, texts with line breaks, and values inside values. */
export const RichSubject: Story = {
  args: {
    wait: ASKED,
    subject: {
      subject: "Our launch",
      body: "Dear reader,\n\nour new product is here. It does what the old one did, and it does it in half the time.\n\nYours, the team",
      tags: ["launch", "newsletter"],
      budget: { amount: 1250.5, currency: "EUR", is_final: false, approved_by: null },
      recipients: [
        { name: "Ana", email: "ana@example.com" },
        { name: "Ben", email: "ben@example.com" },
      ],
    },
  },
};

export const LongSubject: Story = {
  args: { subject: { draft: "All work and no play makes a dull draft. ".repeat(150) } },
  async play({ canvas, userEvent }) {
    await userEvent.click(canvas.getByRole("button", { name: "Show all 6,150 characters" }));
    await expect(canvas.getByRole("region")).toHaveTextContent(/dull draft\. 0 of 1 approval/);
  },
};

export const Expiring: Story = {
  args: { wait: { ...WAIT, expires_at: inFuture(3 * 24 * 3600 + 60) } },
  async play({ canvas }) {
    await expect(canvas.getByText(/^Expires in 3 days,/)).toBeVisible();
  },
};

export const Expired: Story = {
  args: { wait: { ...WAIT, expires_at: inFuture(-60) } },
  async play({ canvas }) {
    await expect(canvas.getByText(/^Expired,/)).toBeVisible();
  },
};

export const Refused: Story = {
  args: { problem: "You have already decided on this approval." },
  async play({ canvas }) {
    await expect(canvas.getByRole("alert")).toHaveTextContent(
      "You have already decided on this approval.",
    );
  },
};

/** Who may not decide is offered nothing, and reads why. */
export const DecidedAlready: Story = {
  args: {
    wait: {
      ...ASKED,
      can_decide: false,
      decided: true,
      refused_as: "already_decided",
      refused_because: "You have decided already.",
    },
  },
  async play({ canvas }) {
    await expect(canvas.getByText("You have decided already.")).toBeVisible();
    await expect(canvas.queryByRole("button", { name: "Approve" })).toBeNull();
    await expect(canvas.queryByRole("textbox")).toBeNull();
  },
};

export const NotListed: Story = {
  args: {
    wait: {
      ...ASKED,
      can_decide: false,
      decided: false,
      refused_as: "not_an_approver",
      refused_because: "You are not among the approvers, as zoe@example.com.",
    },
  },
  async play({ canvas }) {
    await expect(canvas.getByText(/^You are not among the approvers/)).toBeVisible();
    await expect(canvas.queryByRole("button", { name: "Reject" })).toBeNull();
  },
};

export const Sending: Story = {
  args: { isSubmitting: true },
  async play({ canvas, userEvent, args }) {
    await userEvent.click(canvas.getByRole("button", { name: /^Approve/ }));
    await expect(args.onDecide).not.toHaveBeenCalled();
  },
};

export const Dark: Story = { ...RichSubject, globals: { theme: "dark" } };

export const OnAPhone: Story = {
  ...RichSubject,
  globals: { viewport: { value: "phone" } },
  async play() {
    await expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(320);
  },
};

function inFuture(seconds: number): string {
  return new Date(Date.now() + seconds * 1000).toISOString();
}
