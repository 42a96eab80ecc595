/**
 * The Chromium that tests open: `CHROMIUM_PATH` where that is set, else the one inside the npm
 * package @sparticuz/chromium on Linux x64, else the one that playwright installs.
 *
 * The package holds compressed files. They are unpacked once per version and user into the folder
 * for temporary files: in a folder of their own that is renamed when it is complete, so that two
 * runs at a time do not meet and one that was cut off leaves nothing half done behind.
 */
import { execFile } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** What `chromium.launch` of playwright takes. */
export interface LaunchOptions {
  /** Absent: playwright's own Chromium. */
  executablePath?: string;
  args: string[];
  /** The whole environment of the browser; absent: that of this process. */
  env?: Record<string, string>;
}

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PACKAGE = join(ROOT, "node_modules/@sparticuz/chromium");
/** Containers run as root and without user namespaces; the pages opened here are our own. */
const ARGS = ["--no-sandbox"];

export async function launchOptions(): Promise<LaunchOptions> {
  const chosen = process.env["CHROMIUM_PATH"];
  if (chosen !== undefined && chosen !== "") return { executablePath: chosen, args: ARGS };
  if (process.platform !== "linux" || process.arch !== "x64") return { args: ARGS };
  const folder = await unpacked();
  const executablePath = join(folder, "chromium");
  const fonts = existsSync("/etc/fonts/fonts.conf")
    ? {}
    : { FONTCONFIG_FILE: join(folder, "fonts.conf") };
  if (await hasItsLibraries(executablePath)) {
    return { executablePath, args: ARGS, env: { ...environment(), ...fonts } };
  }
  const libraries = [join(folder, "al2023/lib"), process.env["LD_LIBRARY_PATH"]];
  return {
    executablePath,
    // The zygote starts its children without LD_LIBRARY_PATH.
    args: [...ARGS, "--no-zygote"],
    env: {
      ...environment(),
      ...fonts,
      LD_LIBRARY_PATH: libraries.filter((path) => path !== undefined && path !== "").join(":"),
    },
  };
}

/** The folder with the unpacked package; made when it is not there yet. */
async function unpacked(): Promise<string> {
  const { version } = JSON.parse(readFileSync(join(PACKAGE, "package.json"), "utf8")) as {
    version: string;
  };
  const folder = join(tmpdir(), `workflow-chromium-${version}-${process.getuid?.() ?? 0}`);
  if (existsSync(folder)) return ours(folder);
  const staging = await mkdtemp(`${folder}-`);
  try {
    await inflate(staging);
    await writeFile(join(staging, "fonts.conf"), fontsIn(folder));
    await rename(staging, folder);
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    // Another run was quicker.
    if (!existsSync(folder)) throw error;
  }
  return ours(folder);
}

function fontsIn(folder: string): string {
  const cache = `<cachedir>${join(folder, "font-cache")}</cachedir>`;
  return `<fontconfig><dir>${join(folder, "fonts/fonts")}</dir>${cache}</fontconfig>`;
}

/** Temporary folders are open to all: a browser that someone else put there is not started. */
function ours(folder: string): string {
  if (statSync(folder).uid !== process.getuid?.()) throw new Error(`${folder} is not ours`);
  return folder;
}

/** In a process of its own, since the package unpacks to wherever TMPDIR points. */
async function inflate(folder: string): Promise<void> {
  const files = ["chromium.br", "al2023.tar.br", "fonts.tar.br", "swiftshader.tar.br"];
  const script = `
    import { inflate } from "@sparticuz/chromium";
    await Promise.all(${JSON.stringify(files.map((file) => join(PACKAGE, "bin", file)))}.map(inflate));
  `;
  await run(process.execPath, ["--input-type=module", "--eval", script], {
    cwd: ROOT,
    env: { ...process.env, TMPDIR: folder },
  });
}

/** Whether the system has every library that the browser is linked to; small images lack nss. */
async function hasItsLibraries(executablePath: string): Promise<boolean> {
  try {
    const { stdout } = await run("ldd", [executablePath]);
    return !stdout.includes("not found");
  } catch {
    // No ldd, or one that does not know the file: the libraries of the package are the safe choice.
    return false;
  }
}

function environment(): Record<string, string> {
  const entries = Object.entries(process.env).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return Object.fromEntries(entries);
}
