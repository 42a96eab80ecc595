import type { Meta, StoryObj } from "@storybook/react";
import { useState } from "react";
import { expect, fn, waitFor, within } from "storybook/test";
import { FORM_ANSWERS, MAIN_JOB } from "../features/fixtures/fixtures.ts";
import type { FormWait } from "#console/components/api-types.ts";
import { FormRenderer, type FormRendererProps } from "#console/components/FormRenderer.tsx";
import { EVERY_TYPE } from "./form-stories.ts";

const meta = {
  title: "MVID/FormRenderer",
  component: FormRenderer,
  args: { onSubmit: fn(), fields: formOf(MAIN_JOB.form.run.wait).fields },
} satisfies Meta<typeof FormRenderer>;
export default meta;
type Story = StoryObj<typeof meta>;

function formOf(wait: typeof MAIN_JOB.form.run.wait): FormWait {
  if (wait?.type !== "form") throw new Error("the fixture does not wait for a form");
  return wait;
}

/** The form of the main job, answered as in the scenarios. */
export const Default: Story = {
  async play({ canvas, userEvent, args }) {
    await userEvent.type(canvas.getByLabelText("What is it about?"), FORM_ANSWERS.topic);
    await userEvent.type(canvas.getByLabelText("Who is it for?"), FORM_ANSWERS.audience);
    await userEvent.click(canvas.getByRole("button", { name: "Submit" }));
    await waitFor(() => expect(args.onSubmit).toHaveBeenCalledWith(FORM_ANSWERS));
  },
};

export const KeyboardOnly: Story = {
  async play({ canvas, userEvent, args }) {
    await userEvent.tab();
    await userEvent.keyboard("Launch");
    await userEvent.keyboard("{Enter}");
    const summary = await canvas.findByRole("group", { name: "There is 1 error" });
    await waitFor(() => expect(summary).toHaveFocus());
    await expect(args.onSubmit).not.toHaveBeenCalled();
    // From the summary to the field, by its link.
    await userEvent.tab();
    await userEvent.keyboard("{Enter}");
    await expect(canvas.getByLabelText("Who is it for?")).toHaveFocus();
    await userEvent.keyboard("SMB");
    await userEvent.tab();
    await expect(canvas.getByRole("button", { name: "Submit" })).toHaveFocus();
    await userEvent.keyboard(" ");
    await waitFor(() => expect(args.onSubmit).toHaveBeenCalledWith(FORM_ANSWERS));
  },
};

/** The run was started with an audience that is no text. */
export const Prefilled: Story = {
  args: {
    fields: formOf(MAIN_JOB.prefilled.run.wait).fields,
    prefill: formOf(MAIN_JOB.prefilled.run.wait).prefill,
    errors: formOf(MAIN_JOB.prefilled.run.wait).errors,
  },
  async play({ canvas, userEvent, args }) {
    const audience = canvas.getByLabelText("Who is it for?");
    await expect(canvas.getByLabelText("What is it about?")).toHaveValue("Launch");
    await expect(audience).toHaveValue("7");
    await expect(audience).toBeInvalid();
    await expect(audience).toHaveAccessibleDescription('"Who is it for?" must be text.');
    await expect(document.body).toHaveFocus();
    await userEvent.clear(audience);
    await expect(audience).toBeValid();
    await userEvent.type(audience, "SMB");
    await userEvent.keyboard("{Enter}");
    await waitFor(() => expect(args.onSubmit).toHaveBeenCalledWith(FORM_ANSWERS));
  },
};

export const EveryType: Story = {
  args: { fields: EVERY_TYPE, submitLabel: "Send" },
  async play({ canvas, userEvent, args }) {
    await userEvent.type(canvas.getByLabelText("Title"), "A launch");
    await userEvent.type(canvas.getByLabelText("Budget in EUR"), "12.50");
    const open = canvas.getByRole("radiogroup", { name: "May everybody read it?" });
    await userEvent.click(within(open).getByRole("radio", { name: "No" }));
    await userEvent.type(canvas.getByLabelText("Due on"), "2026-12-01");
    await userEvent.type(canvas.getByLabelText("Editor's e-mail"), " ed@example.com ");
    await userEvent.selectOptions(canvas.getByLabelText("Tone"), "Warm");
    await userEvent.click(canvas.getByRole("checkbox", { name: "Print" }));
    await userEvent.click(canvas.getByRole("checkbox", { name: "Web site" }));
    await userEvent.type(canvas.getByLabelText("Order code"), "AB1234");
    await userEvent.click(canvas.getByRole("button", { name: "Send" }));
    await waitFor(() => expect(args.onSubmit).toHaveBeenCalledOnce());
    await expect(args.onSubmit).toHaveBeenCalledWith({
      title: "A launch",
      budget: 12.5,
      copies: 25,
      is_public: false,
      due: "2026-12-01",
      editor: "ed@example.com",
      tone: "warm",
      channels: ["print", "web"],
      order_code: "AB1234",
    });
  },
};

/** What the check says before anything is sent: the service's own words. */
export const CheckedBeforeSending: Story = {
  args: { fields: EVERY_TYPE },
  async play({ canvas, userEvent, args }) {
    await userEvent.type(canvas.getByLabelText("Title"), "A");
    await userEvent.type(canvas.getByLabelText("Budget in EUR"), "12,50");
    await userEvent.type(canvas.getByLabelText("Copies"), ".5");
    await userEvent.type(canvas.getByLabelText("Editor's e-mail"), "nobody");
    await userEvent.type(canvas.getByLabelText(/^Source/), "example.com");
    for (const name of ["Web site", "Newsletter", "Print"]) {
      await userEvent.click(canvas.getByRole("checkbox", { name }));
    }
    await userEvent.type(canvas.getByLabelText("Order code"), "AB12345");
    await userEvent.click(canvas.getByRole("button", { name: "Submit" }));
    const summary = await canvas.findByRole("group", { name: "There are 10 errors" });
    await waitFor(() => expect(summary).toHaveFocus());
    const messages = Array.from(summary.querySelectorAll("li"), (item) => item.textContent);
    await expect(messages).toEqual([
      "Title must have at least 3 characters.",
      "Budget in EUR must be a number with a decimal point and no other separators, such as 1234.5.",
      "Copies must be a whole number.",
      '"May everybody read it?" is required.',
      "Due on is required.",
      "Editor's e-mail must be an e-mail address: a name, @ and a domain.",
      "Source must be a web address that starts with http:// or https://.",
      "Tone is required.",
      "Channels takes at most 2 options.",
      "Order code must match the pattern [A-Z]{2}\\d{4}.",
    ]);
    const open = canvas.getByRole("radiogroup", { name: "May everybody read it?" });
    await expect(open).toHaveAccessibleDescription(/is required/);
    await expect(canvas.getByRole("combobox", { name: "Tone" })).toHaveAccessibleDescription(
      "Tone is required.",
    );
    await expect(args.onSubmit).not.toHaveBeenCalled();
    await userEvent.click(canvas.getByRole("button", { name: "Tone is required." }));
    await expect(canvas.getByRole("combobox", { name: "Tone" })).toHaveFocus();
  },
};

/** Nothing was answered, nothing has to be: only what is seen is sent. */
export const OptionalLeftEmpty: Story = {
  args: { fields: EVERY_TYPE.map((field) => ({ ...field, required: false })) },
  async play({ canvas, userEvent, args }) {
    await userEvent.click(canvas.getByRole("button", { name: "Submit" }));
    await waitFor(() => expect(args.onSubmit).toHaveBeenCalledOnce());
    await expect(args.onSubmit).toHaveBeenCalledWith({ copies: 25 });
  },
};

/** The service refuses, twice with the same words, then takes the answers. */
export const RefusedByTheService: Story = {
  render: (args) => <Refusing {...args} />,
  async play({ canvas, userEvent, args }) {
    const topic = canvas.getByLabelText("What is it about?");
    await userEvent.type(topic, "War");
    await userEvent.type(canvas.getByLabelText("Who is it for?"), "SMB{Enter}");
    const refusal = "What is it about? is not a topic we write about.";
    await waitFor(() => expect(topic).toHaveAccessibleDescription(refusal));
    await waitFor(() => expect(canvas.getByRole("group")).toHaveFocus());
    await userEvent.type(topic, "s{Enter}");
    await waitFor(() => expect(args.onSubmit).toHaveBeenCalledTimes(2));
    await waitFor(() => expect(topic).toHaveAccessibleDescription(refusal));
    await waitFor(() => expect(canvas.getByRole("group")).toHaveFocus());
    await userEvent.clear(topic);
    await userEvent.type(topic, "Launch{Enter}");
    await waitFor(() => expect(args.onSubmit).toHaveBeenLastCalledWith(FORM_ANSWERS));
    await waitFor(() => expect(canvas.queryByRole("group")).not.toBeInTheDocument());
  },
};

function Refusing(args: FormRendererProps) {
  const [state, setState] = useState({ isSubmitting: false, isRefused: false });
  const errors = [
    {
      code: "pattern",
      message: "What is it about? is not a topic we write about.",
      pointer: "/inputs/topic",
    },
  ];
  return (
    <FormRenderer
      {...args}
      isSubmitting={state.isSubmitting}
      errors={state.isRefused ? errors : undefined}
      onSubmit={(inputs) => {
        args.onSubmit(inputs);
        setState({ ...state, isSubmitting: true });
        const isRefused = inputs["topic"] !== "Launch";
        // A moment later, as a service answers: between the two the form shows that it is sending.
        setTimeout(() => setState({ isSubmitting: false, isRefused }), 20);
      }}
    />
  );
}

export const Sending: Story = {
  args: { isSubmitting: true, prefill: FORM_ANSWERS },
  async play({ canvas, userEvent, args }) {
    const button = canvas.getByRole("button", { name: /Sending/ });
    await userEvent.click(button);
    await userEvent.type(canvas.getByLabelText("Who is it for?"), "{Enter}");
    await expect(args.onSubmit).not.toHaveBeenCalled();
  },
};

/** Hidden while it is typed, never filled in by the browser, and shown on request. */
export const Sensitive: Story = {
  args: {
    fields: [
      { key: "iban", type: "string", required: true, label: "IBAN", sensitive: true },
      { key: "reason", type: "text", required: true, label: "Reason", sensitive: true },
    ],
  },
  async play({ canvas, userEvent, args }) {
    const iban = canvas.getByLabelText("IBAN");
    await expect(iban).toHaveAttribute("type", "password");
    await expect(iban).toHaveAttribute("autocomplete", "off");
    await userEvent.type(iban, "DE02120300000000202051");
    await userEvent.click(canvas.getByRole("button", { name: "Show IBAN" }));
    await expect(iban).toHaveAttribute("type", "text");
    await userEvent.click(canvas.getByRole("button", { name: "Hide IBAN" }));
    await expect(iban).toHaveAttribute("type", "password");
    const reason = canvas.getByLabelText("Reason");
    await expect(getComputedStyle(reason).getPropertyValue("-webkit-text-security")).toBe("disc");
    await userEvent.type(reason, "Salary");
    await userEvent.click(canvas.getByRole("button", { name: "Submit" }));
    const answers = { iban: "DE02120300000000202051", reason: "Salary" };
    await waitFor(() => expect(args.onSubmit).toHaveBeenCalledWith(answers));
  },
};

/** What was shown and is emptied is sent as null, so that neither default nor answer comes back. */
export const Emptied: Story = {
  args: {
    fields: EVERY_TYPE.map((field) => ({ ...field, required: false })),
    prefill: {
      title: "A launch",
      brief: "Short",
      budget: 12.5,
      is_public: false,
      is_urgent: true,
      due: "2026-12-01",
      editor: "ed@example.com",
      source: "https://example.com",
      tone: "warm",
      channels: ["print"],
    },
  },
  async play({ canvas, userEvent, args }) {
    for (const name of [/^Title/, /^Brief/, /^Budget/, /^Copies/, /^Due/, /^Editor/, /^Source/]) {
      await userEvent.clear(canvas.getByLabelText(name));
    }
    for (const name of [/^May everybody/, /^It is urgent/]) {
      const group = canvas.getByRole("radiogroup", { name });
      await userEvent.click(within(group).getByRole("radio", { name: "No answer" }));
    }
    await userEvent.selectOptions(canvas.getByLabelText(/^Tone/), "No answer");
    await userEvent.click(canvas.getByRole("checkbox", { name: "Print" }));
    await userEvent.click(canvas.getByRole("button", { name: "Submit" }));
    await waitFor(() =>
      expect(args.onSubmit).toHaveBeenCalledWith({
        title: null,
        brief: null,
        budget: null,
        copies: null,
        is_public: null,
        is_urgent: null,
        due: null,
        editor: null,
        source: null,
        tone: null,
        channels: [],
      }),
    );
  },
};

/** An answer that is not shown is kept when it is left alone, also where one is required. */
export const AnsweredBefore: Story = {
  args: {
    fields: [
      { key: "iban", type: "string", required: true, label: "IBAN", sensitive: true },
      { key: "pin", type: "string", required: false, label: "PIN", sensitive: true },
    ],
    answeredBefore: ["iban", "pin"],
  },
  async play({ canvas, userEvent, args }) {
    const pin = canvas.getByLabelText(/^PIN/);
    await expect(canvas.getByLabelText("IBAN")).toHaveAccessibleDescription(
      "This was answered before. Leave this empty to keep it.",
    );
    await userEvent.click(canvas.getByRole("button", { name: "Submit" }));
    await waitFor(() => expect(args.onSubmit).toHaveBeenLastCalledWith({}));
    const removal = canvas.getByRole("checkbox", { name: "Remove the earlier answer to PIN" });
    await userEvent.type(pin, "1234");
    await userEvent.click(removal);
    await expect(pin).toHaveValue("");
    await userEvent.click(canvas.getByRole("button", { name: "Submit" }));
    await waitFor(() => expect(args.onSubmit).toHaveBeenLastCalledWith({ pin: null }));
    await userEvent.type(pin, "5678");
    await expect(removal).not.toBeChecked();
    await userEvent.click(canvas.getByRole("button", { name: "Submit" }));
    await waitFor(() => expect(args.onSubmit).toHaveBeenLastCalledWith({ pin: "5678" }));
  },
};

export const EveryTypeDark: Story = {
  args: { fields: EVERY_TYPE },
  globals: { theme: "dark" },
};

export const EveryTypeOnAPhone: Story = {
  args: { fields: EVERY_TYPE },
  globals: { viewport: { value: "phone" } },
  async play() {
    await expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(320);
  },
};
