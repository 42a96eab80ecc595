export function workflowJsonSchema(): Record<string, never> {
  return {};
}
