/**
 * `npm run words`: counts the words that the glossary of CONTRIBUTING.md replaces, in source, tests,
 * scenarios, stories and documents. Prints each place and a total; exit code 1 above zero.
 *
 * The glossary is the only list: a word that is added to its column "not" is counted from then on.
 * What is not searched, and why, is in `EXCEPTIONS`.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

interface Exception {
  path: RegExp;
  reason: string;
  /** Only these words are allowed there; absent: the file is not searched. */
  words?: readonly string[];
}

const EXCEPTIONS: readonly Exception[] = [
  { path: /^(CONTRIBUTING\.md|test\/support\/words\.ts)$/, reason: "the glossary itself" },
  { path: /^CHANGELOG\.md$/, reason: "entries of releases are not rewritten" },
  { path: /^docs\/adr\//, reason: "an accepted decision is immutable" },
  { path: /^docs\/architecture\.md$/, reason: "written apart, from the reports of a change" },
  { path: /^(openapi\.yaml|package-lock\.json)$/, reason: "generated" },
  { path: /^features\/fixtures\/recorded\.json$/, reason: "recorded from the service" },
  { path: /^migrations\//, reason: "a released migration is never edited" },
  { path: /\.jsonl$/, reason: "texts of other systems, which the redactor is measured on" },
  { path: /^stories\/public\//, reason: "a file of msw" },
  { path: /^docs\/contract\.md$/, reason: "what was promised keeps its wording" },
  {
    path: /^test\/(ai|validation)\//,
    reason: "fast-check's own name of a parameter",
    words: ["tie"],
  },
  {
    path: /^test\/(parity\/service|mutation|model-check)\//,
    reason: "a planted fault",
    words: ["plant"],
  },
  { path: /^src\/cli\/seeds\/.*lead_enrichment/, reason: "a factory", words: ["plant"] },
  {
    path: /^(features|stories|src\/cli\/seeds|test\/(fixtures|cli|collector|engine|run|service|parity))\//,
    reason: "data: a name, an id, a sentence of a customer",
    words: ["nobody", "somebody"],
  },
];

const SEARCHED = /\.(ts|tsx|css|md|feature|ya?ml|json|toml|html|example)$/;
const HEADING = "## Words";

/** The words in the column "not" of the glossary. */
function glossaryWords(): string[] {
  const section = readFileSync("CONTRIBUTING.md", "utf8").split(HEADING)[1] ?? "";
  const rows = (section.split("\n## ")[0] ?? "")
    .split("\n")
    .filter((line) => /^\| (?!-)/.test(line));
  const words = rows
    .slice(1)
    .flatMap((row) => (row.split("|")[2] ?? "").split(","))
    .map((word) => word.trim())
    .filter((word) => word !== "");
  if (words.length === 0) throw new Error(`CONTRIBUTING.md has no table under "${HEADING}"`);
  return words;
}

/** The words that are allowed in a file; null: it is not searched. */
function allowedIn(path: string): ReadonlySet<string> | null {
  const exceptions = EXCEPTIONS.filter((one) => one.path.test(path));
  if (exceptions.some(({ words }) => words === undefined)) return null;
  return new Set(exceptions.flatMap(({ words = [] }) => words));
}

/** Every place of one of the words, as `path:line: word: text`. */
function placesOf(words: readonly string[]): string[] {
  // An identifier such as `replanted` is no use of a word, so the ends must be word boundaries.
  const pattern = new RegExp(String.raw`(?<![\w-])(${words.join("|")})(?![\w-])`, "gi");
  const paths = execFileSync("git", ["ls-files"], { encoding: "utf8" }).split("\n");
  return paths
    .filter((path) => SEARCHED.test(path))
    .flatMap((path) => {
      const allowed = allowedIn(path);
      if (allowed === null) return [];
      return readFileSync(path, "utf8")
        .split("\n")
        .flatMap((line, index) =>
          [...line.matchAll(pattern)]
            .map(([word]) => word.toLowerCase())
            .filter((word) => !allowed.has(word))
            .map((word) => `${path}:${index + 1}: ${word}: ${line.trim().slice(0, 120)}`),
        );
    });
}

const places = placesOf(glossaryWords());
for (const place of places) console.log(place);
console.log(`${places.length} words that the glossary of CONTRIBUTING.md replaces.`);
if (places.length > 0) process.exitCode = 1;
