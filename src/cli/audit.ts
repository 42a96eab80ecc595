/**
 * `npm run audit`: known vulnerabilities in what is shipped. If the advisory service cannot be
 * reached, it reports that the audit was not run, and succeeds.
 */
import { spawnSync } from "node:child_process";
import { z } from "zod";
import { ROOT } from "./paths.ts";

const { status, stdout, stderr } = spawnSync(
  "npm",
  ["audit", "--omit=dev", "--audit-level=high", "--json"],
  { cwd: ROOT, encoding: "utf8", timeout: 60_000 },
);

const reportSchema = z.object({
  metadata: z.object({ vulnerabilities: z.record(z.string(), z.number()) }).optional(),
  error: z.object({ summary: z.string().optional() }).optional(),
  message: z.string().optional(),
});

function readReport(): z.infer<typeof reportSchema> {
  try {
    return reportSchema.parse(JSON.parse(stdout));
  } catch {
    return { message: stderr.trim().split("\n").at(-1) ?? "no answer" };
  }
}

const report = readReport();
if (report.metadata) {
  console.log(`npm audit: ${JSON.stringify(report.metadata.vulnerabilities)}`);
  process.exitCode = status ?? 1;
} else {
  const reason = report.error?.summary || report.message || "no answer";
  console.log(`npm audit was not run: the advisory service could not be reached (${reason}).`);
}
