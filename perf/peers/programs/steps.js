// The work of the steps, the same for every peer: a model in the process, and a rule.

export function draftOf({ topic, audience }) {
  return { subject: `${topic} for ${audience}`, body: `A draft about ${topic}. `.repeat(20) };
}

export function ruleOf(step) {
  return { matched: step % 2 === 0, next: step + 1 };
}
