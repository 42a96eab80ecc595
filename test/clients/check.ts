/**
 * `npm run clients`: clients generated from `openapi.yaml` by the usual generators, compiled, and
 * taken through the main job against the local Worker. Each needs its language; where that is
 * missing, the client was not run, and it says so. Generators come from the registries of their
 * languages and are kept in `.wrangler/clients`.
 *
 * Not part of `npm test`, which has none of these languages but its own.
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { startService } from "../support/service.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PROGRAMS = fileURLToPath(new URL("programs/", import.meta.url));
const DESCRIPTION = `${ROOT}openapi.yaml`;
const OPENAPI_GENERATOR = "7.20.0";

interface Client {
  language: string;
  generator: string;
  /** Programs that have to be there, with arguments that make them say their version. */
  needs: [string, string][];
  /** Commands in the client's folder, in order. */
  commands(folder: string): string[][];
}

const CLIENTS: Client[] = [
  {
    language: "TypeScript",
    generator: "openapi-typescript 7.13.0, openapi-fetch 0.17.0",
    needs: [["npm", "--version"]],
    commands(folder) {
      write(`${folder}/package.json`, '{ "type": "module", "private": true }\n');
      copyFileSync(`${PROGRAMS}main-job.ts.txt`, `${folder}/main-job.ts`);
      const packages = [
        "openapi-typescript@7.13.0",
        "openapi-fetch@0.17.0",
        "typescript@5.9.3",
        "@types/node@24",
      ];
      const options = ["--strict", "--noEmit", "--skipLibCheck", "--target", "es2022"];
      return [
        ["npm", "install", "--no-audit", "--no-fund", "--silent", ...packages],
        ["node_modules/.bin/openapi-typescript", DESCRIPTION, "-o", "generated.d.ts"],
        ["node_modules/.bin/tsc", ...options, "--module", "nodenext", "main-job.ts"],
        [process.execPath, "main-job.ts"],
      ];
    },
  },
  {
    language: "Python",
    generator: "openapi-python-client 0.29.1",
    needs: [["python3", "--version"]],
    commands(folder) {
      rmSync(`${folder}/generated`, { recursive: true, force: true });
      copyFileSync(`${PROGRAMS}main_job.py`, `${folder}/main_job.py`);
      const generate = ["generate", "--path", DESCRIPTION, "--meta", "none"];
      return [
        ["python3", "-m", "venv", "venv"],
        ["venv/bin/pip", "install", "--quiet", "openapi-python-client==0.29.1", "mypy==1.18.2"],
        ["venv/bin/openapi-python-client", ...generate, "--output-path", "generated"],
        ["venv/bin/python", "-m", "compileall", "-q", "generated"],
        ["venv/bin/python", "main_job.py"],
      ];
    },
  },
  {
    language: "Go",
    generator: "oapi-codegen 2.8.2",
    needs: [["go", "version"]],
    commands(folder) {
      write(`${folder}/go.mod`, "module example.com/clients\n\ngo 1.24\n");
      mkdirSync(`${folder}/generated`, { recursive: true });
      copyFileSync(`${PROGRAMS}main_job.go`, `${folder}/main_job.go`);
      const generator = "github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2";
      const options = ["-generate", "types,client", "-package", "generated"];
      return [
        ["go", "run", generator, ...options, "-o", "generated/client.go", DESCRIPTION],
        ["go", "mod", "tidy"],
        ["go", "vet", "./..."],
        ["go", "run", "."],
      ];
    },
  },
  {
    language: "Java",
    generator: `openapi-generator ${OPENAPI_GENERATOR}`,
    needs: [
      ["mvn", "--version"],
      ["java", "-version"],
    ],
    commands(folder) {
      const program = `${folder}/client/src/main/java/clients`;
      mkdirSync(program, { recursive: true });
      copyFileSync(`${PROGRAMS}MainJob.java`, `${program}/MainJob.java`);
      const artifact = `org.openapitools:openapi-generator-cli:${OPENAPI_GENERATOR}`;
      // Without this, what is not given is sent as an empty list, which is another request.
      const nulls = "--additional-properties=containerDefaultToNull=true";
      const options = ["-g", "java", "--library", "native", nulls, "-o", "client"];
      const pom = ["-q", "-f", "client/pom.xml", "-Dmaven.test.skip=true"];
      return [
        ["mvn", "-q", "dependency:copy", `-Dartifact=${artifact}`, "-DoutputDirectory=."],
        [
          "java",
          "-jar",
          `openapi-generator-cli-${OPENAPI_GENERATOR}.jar`,
          "generate",
          "-i",
          DESCRIPTION,
          ...options,
        ],
        ["mvn", ...pom, "compile", "dependency:build-classpath", "-Dmdep.outputFile=classpath"],
        [
          "sh",
          "-c",
          'exec java -cp "client/target/classes:$(cat client/classpath)" clients.MainJob',
        ],
      ];
    },
  },
];

function write(path: string, text: string): void {
  writeFileSync(path, text);
}

type Outcome = { kind: "passed" | "failed" | "not run"; says: string };

function check(client: Client, env: NodeJS.ProcessEnv): Outcome {
  const missing = client.needs.find(([program, flag]) => spawnSync(program, [flag]).status !== 0);
  if (missing) return { kind: "not run", says: `there is no ${missing[0]}` };
  const folder = `${ROOT}.wrangler/clients/${client.language.toLowerCase()}`;
  mkdirSync(folder, { recursive: true });
  let last = "";
  for (const [program = "", ...args] of client.commands(folder)) {
    const own = `${folder}/${program}`;
    const file = program.includes("/") && existsSync(own) ? own : program;
    const result = spawnSync(file, args, { cwd: folder, env, encoding: "utf8" });
    if (result.status !== 0) {
      const output = `${result.stdout}${result.stderr}${result.error?.message ?? ""}`;
      return { kind: "failed", says: `${program} ${args[0] ?? ""}\n${output.slice(-4_000)}` };
    }
    last = result.stdout.trim();
  }
  return { kind: "passed", says: last };
}

const wanted = process.argv.slice(2).map((name) => name.toLowerCase());
const service = await startService();
const counts = { passed: 0, failed: 0, "not run": 0 };
try {
  const env = { ...process.env, URL: service.url, KEY: service.key };
  for (const client of CLIENTS) {
    if (wanted.length > 0 && !wanted.includes(client.language.toLowerCase())) continue;
    const { kind, says } = check(client, env);
    counts[kind] += 1;
    console.log(`${client.language.padEnd(12)}${kind} (${client.generator}): ${says}`);
  }
} finally {
  await service.close();
}
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts["not run"]} not run`);
if (counts.failed > 0) process.exitCode = 1;
