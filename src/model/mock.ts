/** How the mock provider can be told to behave. */
export const MOCK_MODES = ["success", "schema_violation", "timeout", "transient_error"] as const;
