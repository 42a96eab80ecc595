/** The section about a finding's code in the documents of this project. */
import { existsSync, readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { FILE_CODES } from "../source/check-file.ts";
import { ROOT } from "../paths.ts";

export interface DiagnosticDocs {
  /** The document and the heading, absolute. */
  uri: string;
  /** The first sentence. */
  summary: string;
  /** All of the section, as Markdown. */
  markdown: string;
}

/** The section of a code; null where there is none. */
export function docsOf(code: string): DiagnosticDocs | null {
  const isOfFile = FILE_CODES.some((known) => known === code);
  const path = `${ROOT}docs/${isOfFile ? "cli" : "diagnostics"}.md`;
  const markdown = sectionOf(existsSync(path) ? readFileSync(path, "utf8") : "", code);
  if (markdown === "") return null;
  const [paragraph = ""] = markdown.split("\n\n");
  const [summary = ""] = /^.+?[.](?=\s|$)/.exec(paragraph.replaceAll("\n", " ")) ?? [paragraph];
  return { uri: `${pathToFileURL(path).href}#${code}`, summary, markdown };
}

/** The text under `### code`, up to the next heading. No line in an example starts with `##`. */
function sectionOf(document: string, code: string): string {
  const lines = document.split("\n");
  const start = lines.indexOf(`### ${code}`);
  if (start === -1) return "";
  const end = lines.findIndex((line, index) => index > start && /^#{2,3} /.test(line));
  return lines
    .slice(start + 1, end === -1 ? undefined : end)
    .join("\n")
    .trim();
}
