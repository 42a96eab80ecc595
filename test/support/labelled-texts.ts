/**
 * Texts in which what must be redacted is marked, `⟦kind:value⟧`, and how well the redactor finds it.
 * test/fixtures/redaction/README.md says how they are labelled.
 */
import { readFileSync } from "node:fs";
import type { Finding, Place, SensitiveKind } from "#security/redact-finding.ts";

export const KINDS = ["email", "card", "ssn", "bearer", "api_key", "phone"] as const;

interface Label extends Place {
  kind: SensitiveKind;
}

export interface LabelledText {
  /** Without the marks. */
  text: string;
  labels: Label[];
}

/** What was found of one kind, in all texts together. */
export interface Score {
  kind: SensitiveKind;
  /** How many there are. */
  labels: number;
  /** Labels that are replaced from their first to their last character, as what they are. */
  found: number;
  /** What was replaced as this kind. */
  findings: number;
  /** Findings that hold a label of their kind, or a part of it. */
  right: number;
  /** Findings whose value is exactly a label. */
  exact: number;
}

const MARK = /⟦(\w+):([^⟧]*)⟧/g;

export function readLabelledTexts(file: "held-out-5" | "tuning"): LabelledText[] {
  const url = new URL(`../fixtures/redaction/${file}.jsonl`, import.meta.url);
  return readFileSync(url, "utf8")
    .trim()
    .split("\n")
    .map((line) => unmark((JSON.parse(line) as { text: string }).text));
}

export function unmark(marked: string): LabelledText {
  const labels: Label[] = [];
  let text = "";
  let done = 0;
  for (const match of marked.matchAll(MARK)) {
    const [whole, name = "", value = ""] = match;
    const kind = KINDS.find((known) => known === name);
    if (kind === undefined) throw new Error(`no kind "${name}"`);
    text += marked.slice(done, match.index);
    labels.push({ kind, start: text.length, end: text.length + value.length });
    text += value;
    done = match.index + whole.length;
  }
  return { text: text + marked.slice(done), labels };
}

export function scoresOf(
  texts: readonly LabelledText[],
  find: (text: string) => Finding[],
): Score[] {
  const judged = texts.map(({ text, labels }) => ({ labels, findings: find(text) }));
  return KINDS.map((kind) => {
    const score: Score = { kind, labels: 0, found: 0, findings: 0, right: 0, exact: 0 };
    for (const one of judged) {
      const labels = one.labels.filter((label) => label.kind === kind);
      const findings = one.findings.filter((finding) => finding.kind === kind);
      score.labels += labels.length;
      score.found += labels.filter((label) => isCovered(label, findings)).length;
      score.findings += findings.length;
      score.right += findings.filter(({ value }) => labels.some((l) => overlaps(l, value))).length;
      score.exact += findings.filter(({ value }) => labels.some((l) => equals(l, value))).length;
    }
    return score;
  });
}

/** What of a text was missed, or replaced without reason, for people. */
export function faultsOf(
  { text, labels }: LabelledText,
  find: (text: string) => Finding[],
): string[] {
  const findings = find(text);
  const same = <T extends { kind: SensitiveKind }>(
    among: readonly T[],
    { kind }: Label | Finding,
  ) => among.filter((one) => one.kind === kind);
  return [
    ...labels
      .filter((label) => !isCovered(label, same(findings, label)))
      .map((label) => `missed ${label.kind} "${text.slice(label.start, label.end)}" in: ${text}`),
    ...findings
      .filter((finding) => !same(labels, finding).some((label) => overlaps(label, finding.value)))
      .map(
        ({ kind, value }) => `wrong ${kind} "${text.slice(value.start, value.end)}" in: ${text}`,
      ),
  ];
}

export function table(title: string, texts: number, scores: readonly Score[]): string {
  const share = (part: number, of: number) => (of === 0 ? "-" : (part / of).toFixed(3)).padStart(6);
  const rows = scores.map(
    ({ kind, labels, found, findings, right, exact }) =>
      `  ${kind.padEnd(8)} recall ${share(found, labels)} (${found}/${labels})`.padEnd(36) +
      `precision ${share(right, findings)} (${right}/${findings})`.padEnd(28) +
      `exact ${share(exact, findings)}`,
  );
  return [`${title}: ${texts} texts`, ...rows].join("\n");
}

function isCovered(label: Place, findings: readonly Place[]): boolean {
  return findings.some(({ start, end }) => start <= label.start && end >= label.end);
}

function overlaps(one: Place, other: Place): boolean {
  return one.start < other.end && other.start < one.end;
}

function equals(one: Place, other: Place): boolean {
  return one.start === other.start && one.end === other.end;
}
