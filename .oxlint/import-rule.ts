/**
 * The import rule of docs/architecture.md as a lint rule: which folder of `src/` may import which
 * others. A path is resolved before it is judged, so that the rule holds at any depth.
 *
 * Between folders an import is written from the root of `src/` (`#engine/advance.ts`), within one
 * it is relative: a file that moves inside its folder changes no file outside of it.
 */

interface Place {
  /** What it may import beside its own folder, as the beginnings of paths in `src/`. */
  may: readonly string[];
  /** false: `may` is all that it may import of its own top folder too. */
  own?: false;
  /** false: it imports no package. */
  libraries?: false;
  because: string;
}

/** By the beginning of a path in `src/`; the longest that fits counts. */
export const PLACES: Readonly<Record<string, Place>> = {
  "model/": { may: [], because: "model/ imports nothing of the project" },
  "engine/": {
    may: ["model/"],
    libraries: false,
    because: "engine/ knows no executor, no storage, no clock and no library",
  },
  "expression/": { may: ["model/"], because: "expression/ imports model/ only" },
  "validation/": { may: ["model/"], because: "validation/ imports model/ only" },
  "template/": { may: ["model/"], because: "template/ imports model/ only" },
  "telemetry/": { may: ["model/"], because: "telemetry/ imports model/ only" },
  "security/": { may: ["model/"], because: "security/ imports model/ only" },
  "db/": { may: ["model/"], because: "db/ imports model/ only" },
  "metering/": { may: ["model/"], because: "metering/ counts; it knows no request" },
  "projection/": {
    may: ["model/", "env.ts", "db/", "telemetry/"],
    because: "projection/ writes rows that runs made; it knows no run",
  },
  "workflow/": {
    may: ["model/", "expression/", "validation/", "template/", "security/"],
    because: "workflow/ checks definitions; it runs nothing",
  },
  "workflow/upgrade/": {
    may: ["model/", "expression/"],
    because: "an upgrade rewrites text; what proves it is apart",
  },
  "ai/": {
    may: ["model/", "validation/", "template/", "security/"],
    because: "ai/ knows no run and no step",
  },
  "executors/": {
    may: ["model/", "ai/", "expression/", "validation/", "template/", "security/"],
    because: "an executor performs one effect and knows no run",
  },
  "ports/": {
    may: ["model/", "env.ts", "settings.ts", "ai/", "db/", "executors/", "security/", "telemetry/"],
    because: "ports/ makes what http/ and run/ take from the deployment",
  },
  "archive/": {
    may: ["model/", "env.ts", "settings.ts", "ports/", "db/", "security/", "telemetry/"],
    because: "archive/ keeps what runs left; it knows no state and no step",
  },
  "run/": {
    may: [
      "model/",
      "env.ts",
      "settings.ts",
      "ports/",
      "archive/",
      "engine/",
      "executors/",
      "db/",
      "security/",
      "telemetry/",
      "validation/",
    ],
    because: "run/ knows no request and no definition's text",
  },
  "http/": {
    may: [
      "model/",
      "env.ts",
      "settings.ts",
      "ports/",
      "run/",
      "archive/",
      "ai/",
      "db/",
      "metering/",
      "security/",
      "telemetry/",
      "template/",
      "validation/",
      "workflow/",
    ],
    because: "http/ reaches the engine and the executors through run/",
  },
  "parity/": {
    may: ["model/"],
    because: "parity/ is written a second time: model/ and libraries only",
  },
  "dual-run/": {
    may: ["model/", "settings.ts", "http/", "parity/", "ai/", "security/"],
    because: "a dual run reaches the engine by the API only",
  },
  "console/": {
    may: ["model/", "validation/answers.ts", "validation/number-text.ts"],
    because: "console/ speaks HTTP; it shares model/ and the check of answers",
  },
  "cli/": {
    may: ["model/", "settings.ts", "ai/", "parity/", "security/", "workflow/"],
    because: "cli/ speaks HTTP; it shares the check of definitions and the reference interpreter",
  },
  "cli/proving/": {
    may: ["model/", "parity/", "ai/", "cli/terminal/printable.ts", "cli/proving/"],
    own: false,
    because: "the proof of an upgrade shares nothing with the upgrade",
  },
  "cli/proving/old-": {
    may: ["model/", "cli/proving/"],
    own: false,
    because: "the loader of the proof imports model/ and libraries only",
  },
};

/** Where `src/` begins in a path, and what follows. */
const SOURCE = /^(.*\/)?src\//;

/** The segments of a path with `.` and `..` resolved. */
function resolve(folder: string, specifier: string): string {
  const segments = folder === "" ? [] : folder.split("/");
  for (const segment of specifier.split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== ".") segments.push(segment);
  }
  return segments.join("/");
}

function topFolder(path: string): string {
  const end = path.indexOf("/");
  return end === -1 ? "" : path.slice(0, end + 1);
}

/** What is wrong with an import of `specifier` in `file`; null: nothing. Paths with `/`. */
function fault(file: string, specifier: string): string | null {
  const folder = file.slice(0, file.lastIndexOf("/"));
  const root = SOURCE.exec(file)?.[0];
  if (root === undefined) {
    const target = specifier.startsWith(".") ? resolve(folder, specifier) : "";
    const name = target.replace(SOURCE, "");
    return name === target ? null : `Write "#${name}": it does not depend on where this file is.`;
  }
  const path = file.slice(root.length);
  const place = placeOf(path);
  if (specifier.startsWith("#")) return faultBetween(place, path, specifier.slice(1));
  if (!specifier.startsWith(".")) return place?.libraries === false ? place.because : null;
  const target = resolve(folder, specifier).slice(root.length);
  if (topFolder(target) !== topFolder(path)) {
    return `Write "#${target}": imports between folders begin at src/.`;
  }
  return place?.own === false ? refused(place, target) : null;
}

function faultBetween(place: Place | undefined, path: string, target: string): string | null {
  if (topFolder(target) === topFolder(path)) return "Within a folder imports are relative.";
  return place ? refused(place, target) : null;
}

function refused({ may, because }: Place, target: string): string | null {
  return may.some((allowed) => target.startsWith(allowed)) ? null : because;
}

function placeOf(path: string): Place | undefined {
  const keys = Object.keys(PLACES).filter((key) => path.startsWith(key));
  return PLACES[keys.reduce((longest, key) => (key.length > longest.length ? key : longest), "")];
}

/** What the linter passes; only what this rule reads. */
interface Context {
  filename: string;
  report(finding: { node: Source; message: string }): void;
}
interface Source {
  type: string;
  value?: unknown;
}
interface Import {
  source?: Source | null;
}

const imports = {
  create(context: Context): Record<string, (node: Import) => void> {
    const file = context.filename.replaceAll("\\", "/");
    const check = ({ source }: Import): void => {
      if (source?.type !== "Literal" || typeof source.value !== "string") return;
      const message = fault(file, source.value);
      if (message !== null) context.report({ node: source, message });
    };
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
      TSImportType: check,
    };
  },
};

export default { meta: { name: "project" }, rules: { imports } };
