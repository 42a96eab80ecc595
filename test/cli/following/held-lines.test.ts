import { PassThrough, Writable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { HeldLines } from "#cli/terminal/held-lines.ts";

function reading() {
  const from = new PassThrough();
  const shown: string[] = [];
  const to = new Writable({
    write(chunk: Buffer, _encoding, done) {
      shown.push(chunk.toString());
      done();
    },
  });
  const lines = new HeldLines();
  lines.read(from, to);
  const print = async (line: string) => {
    from.write(`${line}\n`);
    await setImmediate();
  };
  return { lines, print, shown };
}

describe("what wrangler prints", () => {
  it("is never shown when it came before the service was ready", async () => {
    const { lines, print, shown } = reading();
    await print("GET /v1/templates/content_v1 404 Not Found");
    lines.forget();
    await print("GET /v1/executions 200 OK");
    lines.show();
    expect(shown).toEqual(["GET /v1/executions 200 OK\n"]);
  });

  it("is shown in order when the start failed", async () => {
    const { lines, print, shown } = reading();
    await print("first");
    await print("second");
    expect(shown).toEqual([]);
    lines.show();
    await print("third");
    expect(shown).toEqual(["first\n", "second\n", "third\n"]);
  });

  it("holds no resume link", async () => {
    const { lines, print, shown } = reading();
    lines.forget();
    await print("GET /resume/wo_resume_AQDUrkKU-jVn_r2L 409 Conflict");
    expect(shown).toEqual(["GET /resume/{token} 409 Conflict\n"]);
  });
});
