import { expect, test } from "vitest";
import { hideResumeLinks } from "#cli/terminal/hide-resume-links.ts";

const TOKEN = `wo_resume_${"Ab3-_x".repeat(14)}`;

test.each([
  [`[wrangler:info] GET /resume/${TOKEN} 200 OK (84ms)`, "GET /resume/{token} 200 OK"],
  [`POST /resume/${TOKEN}?a=1 409 Conflict`, "POST /resume/{token}?a=1 409"],
  [`GET //resume/%77${TOKEN.slice(1)} 404`, "GET //resume/{token} 404"],
  [`GET /resume/\u001b[32m${TOKEN}\u001b[39m 200`, "GET /resume/{token} 200"],
])("a resume link is not printed: %s", (line, shown) => {
  expect(hideResumeLinks(line)).toContain(shown);
  expect(hideResumeLinks(line)).not.toContain(TOKEN.slice(10));
});

test.each([
  "[wrangler:info] POST /v1/executions/run_a/resume 200 OK (5ms)",
  '{"level":"INFO","message":"run.resumed"}',
])("other lines stay as they are: %s", (line) => {
  expect(hideResumeLinks(line)).toBe(line);
});
