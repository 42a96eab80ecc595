import { z } from "zod";
import { diagnosticSchema } from "./diagnostic.ts";
import { LIMITS } from "./limits.ts";

export const TEMPLATE_ID_PATTERN = /^[a-z][a-z0-9_-]{0,63}$/;

const templateText = z.string().max(LIMITS.templateBytes);

/** The content of a template; the id comes from the address, the version from the service. */
export const templateBodySchema = z
  .strictObject({
    system: templateText.optional().meta({ description: "System message, mustache." }),
    prompt: templateText.min(1).meta({ description: "User message, mustache." }),
    description: z.string().max(LIMITS.descriptionLength).optional(),
  })
  .meta({
    id: "TemplateBody",
    example: { prompt: "Write about {{topic}} for {{audience}}.", description: "A short draft" },
  });

export const templateSchema = z
  .object({
    id: z.string(),
    version: z.int().min(1),
    system: z.string().optional(),
    prompt: z.string(),
    description: z.string().optional(),
    diagnostics: z.array(diagnosticSchema).optional().meta({
      description:
        "Warnings about names that would be rendered empty, in responses to writes only; absent when there are none.",
    }),
  })
  .meta({
    id: "Template",
    example: {
      id: "content_v1",
      version: 1,
      prompt: "Write about {{topic}} for {{audience}}.",
      description: "A short draft",
    },
  });

/** Persisted shape: kept in D1 and with every run that names it. */
export interface Template {
  id: string;
  version: number;
  system?: string;
  prompt: string;
  description?: string;
}
