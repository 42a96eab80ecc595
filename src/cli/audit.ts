/**
 * `npm run audit`: known vulnerabilities in what is shipped. If the advisory service cannot be
 * reached, it reports that the audit was not run, and succeeds.
 */
import { spawnSync } from "node:child_process";
import { ROOT } from "./paths.ts";

const { status, stdout, stderr } = spawnSync(
  "npm",
  ["audit", "--omit=dev", "--audit-level=high", "--json"],
  { cwd: ROOT, encoding: "utf8", timeout: 60_000 },
);

interface AuditReport {
  metadata?: { vulnerabilities: Record<string, number> };
  error?: { summary?: string };
  message?: string;
}

function readReport(): AuditReport {
  try {
    return JSON.parse(stdout) as AuditReport;
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
