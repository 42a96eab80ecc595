/** Fields of every type, and what stories do with them. */
import type { FormField } from "#model/workflow.ts";

/** One field of each of the ten types, with each of the properties that a field can have. */
export const EVERY_TYPE: FormField[] = [
  {
    key: "title",
    type: "string",
    required: true,
    label: "Title",
    description: "As it will stand above the article.",
    placeholder: "The launch of our new product",
    min_length: 3,
    max_length: 80,
  },
  {
    key: "brief",
    type: "text",
    required: false,
    label: "Brief",
    placeholder: "What should not be left out?",
  },
  { key: "budget", type: "number", required: true, label: "Budget in EUR", min: 0.5, max: 9999.5 },
  {
    key: "copies",
    type: "integer",
    required: true,
    label: "Copies",
    min: 1,
    max: 500,
    default: 25,
  },
  { key: "is_public", type: "boolean", required: true, label: "May everybody read it?" },
  { key: "is_urgent", type: "boolean", required: false, label: "It is urgent" },
  { key: "due", type: "date", required: true, label: "Due on" },
  { key: "editor", type: "email", required: true, label: "Editor's e-mail" },
  { key: "source", type: "url", required: false, label: "Source", placeholder: "https://" },
  {
    key: "tone",
    type: "select",
    required: true,
    label: "Tone",
    options: [
      { value: "plain", label: "Plain" },
      { value: "warm", label: "Warm" },
      { value: "formal", label: "Formal" },
    ],
  },
  {
    key: "channels",
    type: "multiselect",
    required: true,
    label: "Channels",
    description: "Where it will be published.",
    min: 1,
    max: 2,
    options: [
      { value: "web", label: "Web site" },
      { value: "mail", label: "Newsletter" },
      { value: "print", label: "Print" },
    ],
  },
  {
    key: "order_code",
    type: "string",
    required: true,
    label: "Order code",
    description: "Two letters and four digits.",
    pattern: "[A-Z]{2}\\d{4}",
  },
  { key: "token", type: "string", required: false, label: "Access token", sensitive: true },
];
