/** How a start, or a dual run, asks for the mock provider. */
import { z } from "zod";
import { MOCK_MODES } from "./mock.ts";

const mockMode = z.enum(MOCK_MODES);

export const mockAiSchema = z
  .union([
    z.boolean(),
    z
      .strictObject({
        mode: mockMode.optional(),
        steps: z.record(z.string(), mockMode).optional(),
      })
      .meta({ id: "MockOptions" }),
  ])
  .meta({
    id: "MockAi",
    description: "Runs on the deterministic mock provider, in the mode given.",
  });

export type MockAi = z.infer<typeof mockAiSchema>;
