/** The page behind a resume link over HTTP, as a browser without scripts uses it. */
import type { ResumeClaims } from "#model/resume-claims.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { historySchema, type Run, runSchema } from "#model/run.ts";
import { signResumeToken } from "#security/resume-token.ts";
import { firstSecret } from "#security/server-secrets.ts";
import type { Answer } from "../support/http.ts";
import { SERVER_SECRET, type Service, sharedService } from "../support/service.ts";

const ANN = "ann@example.com";
const BOB = "bob@example.com";
const HOSTILE = `"><script>alert(1)</script>`;

const FIELDS = `id: every_field
name: Every field
start_step: ask
steps:
  - id: ask
    type: form
    name: Fill in everything
    next: sign
    config:
      fields:
        - { key: name, type: string, required: true, label: Your name, min_length: 2, max_length: 20 }
        - { key: story, type: text, required: false, description: As long as you like. }
        - { key: amount, type: number, required: true, min: 0, max: 99.5 }
        - { key: count, type: integer, required: false, default: 3 }
        - { key: sure, type: boolean, required: true }
        - { key: day, type: date, required: true }
        - { key: mail, type: email, required: true }
        - { key: site, type: url, required: false, placeholder: "https://example.com" }
        - { key: size, type: select, required: true, options: [S, { value: m, label: Medium }] }
        - { key: parts, type: multiselect, required: false, options: [motor, belt, plc] }
        - { key: code, type: string, required: false, pattern: "[A-Z]{3}" }
        - { key: pin, type: string, required: true, sensitive: true }
  - id: sign
    type: approval
    name: Sign it off
    config: { approvers: [${ANN}, ${BOB}], quorum: 2, require_comment_on_reject: true }
`;

const EXPIRING = `id: page_expires
name: Page expires
start_step: ask
steps:
  - id: ask
    type: form
    name: Ask
    config: { fields: [{ key: topic, type: string, required: true }], expires_in_s: 0.5 }
`;

const RIGHT: [string, string][] = [
  ["a.name", "Ännchen"],
  ["a.story", "One\r\nTwo & <three>"],
  ["a.amount", "12.5"],
  ["a.count", ""],
  ["a.sure", "false"],
  ["a.day", "2026-12-24"],
  ["a.mail", "x@example.com"],
  ["a.site", ""],
  ["a.size", "m"],
  ["a.parts", "belt"],
  ["a.parts", "plc"],
  ["a.code", ""],
  ["a.pin", "s3cr3t-pin"],
];

let service: Service;

beforeAll(async () => {
  service = await sharedService();
  for (const text of [FIELDS, EXPIRING]) {
    expect((await service.yaml("POST", "/v1/workflows", text)).status).toBe(201);
  }
});

afterAll(() => service.close());

async function start(workflowId: string, inputs: object = {}): Promise<Run> {
  const answer = await service.post("/v1/executions", { workflow_id: workflowId, inputs });
  return runSchema.parse(answer.json());
}

async function read(runId: string): Promise<Run> {
  return runSchema.parse((await service.get(`/v1/executions/${runId}`)).json());
}

function linkOf({ wait }: Run, approver?: string): string {
  const token =
    wait?.type === "form"
      ? wait.resume_token
      : wait?.resume_tokens?.find((one) => one.approver === approver)?.token;
  if (token === undefined) throw new Error("no token");
  return `/resume/${token}`;
}

const open = (path: string, method = "GET") => service.send({ method, path, key: null });

function send(path: string, fields: [string, string][], type?: string): Promise<Answer> {
  return service.send({
    method: "POST",
    path,
    headers: { "content-type": type ?? "application/x-www-form-urlencoded" },
    body: new URLSearchParams(fields).toString(),
    key: null,
  });
}

function titleOf(page: Answer): string {
  return /<h1[^>]*>([^<]*)<\/h1>/.exec(page.text)?.[1] ?? "";
}

/** Links of the summary, as `[id, message]`. */
function summaryOf(page: Answer): [string, string][] {
  const links = page.text.matchAll(/<a href="#([^"]+)"[^>]*>([^<]*)<\/a>/g);
  return [...links].map(([, id = "", message = ""]) => [id, message]);
}

/** A run at its approval, with the answers given. */
async function atApproval(): Promise<Run> {
  const run = await start("every_field");
  expect((await send(linkOf(run), RIGHT)).status).toBe(200);
  return read(run.id);
}

describe("the page of a form", () => {
  test("has every field with its label and its control, and needs nothing else", async () => {
    const page = await open(linkOf(await start("every_field")));
    expect([page.status, page.mediaType, titleOf(page)]).toEqual([
      200,
      "text/html",
      "Fill in everything",
    ]);
    const controls = [...page.text.matchAll(/<(input|textarea|select)\b([^>]*)>/g)].map(
      ([, tag, attributes = ""]) => {
        const of = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1];
        return `${of("name")} ${tag} ${of("type") ?? "-"} ${of("value") ?? "-"}`;
      },
    );
    expect(controls).toEqual([
      "a.name input text ",
      "a.story textarea - -",
      "a.amount input text ",
      "a.count input text 3",
      "a.sure input radio true",
      "a.sure input radio false",
      "a.day input date ",
      "a.mail input email ",
      "a.site input url ",
      "a.size select - -",
      "a.parts input checkbox motor",
      "a.parts input checkbox belt",
      "a.parts input checkbox plc",
      "a.code input text ",
      "a.pin input password ",
    ]);
    for (const words of [
      "Your name",
      "From 2 to 20 characters.",
      "As long as you like.",
      "From 0 to 99.5.",
      "Medium",
      "Format: <code>[A-Z]{3}</code>",
      'placeholder="https://example.com"',
    ]) {
      expect(page.text).toContain(words);
    }
    expect(page.text).not.toMatch(/<script|<link|<img|\bsrc=|https?:\/\/(?!example\.com")/);
    expect(idsAreRight(page.text)).toEqual([]);
  });

  test("tells browsers to run nothing, to keep nothing and not to reveal the address", async () => {
    const run = await start("every_field");
    const link = linkOf(run);
    const pages = [await open(link), await send(link, []), await open("/resume/x")];
    await service.post(`/v1/executions/${run.id}/cancel`);
    pages.push(await open(link), await send(link, [], "text/plain"));
    expect(pages.map(({ status }) => status)).toEqual([200, 422, 404, 409, 409]);
    for (const { headers, text } of pages) {
      const policy = headers.get("content-security-policy") ?? "";
      expect(policy).toMatch(
        /^default-src 'none'; style-src 'sha256-[\w+/]{43}='; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
      );
      expect(headers.get("referrer-policy")).toBe("no-referrer");
      expect(headers.get("cache-control")).toBe("no-store");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("www-authenticate")).toBeNull();
      expect(text).not.toContain("wo_resume_");
    }
  });

  test.each([".", ",", ")", "/", ";", "]", '"', "%3E", "%20", "%22.", "%E2%80%9D", "&gt;"])(
    "is found, and takes the answer, when a mail program put %j behind the link",
    async (tail) => {
      const run = await start("every_field");
      const link = `${linkOf(run)}${tail}`;
      const page = await open(link);
      expect([page.status, titleOf(page)]).toEqual([200, "Fill in everything"]);
      expect((await open(link, "HEAD")).status).toBe(200);
      expect((await send(link, RIGHT)).status).toBe(200);
      expect((await read(run.id)).current_step).toBe("sign");
    },
  );

  test("changes nothing however often it is opened", async () => {
    const run = await start("every_field");
    const before = await service.get(`/v1/executions/${run.id}/history`);
    for (let look = 0; look < 5; look++) {
      expect((await open(linkOf(run))).status).toBe(200);
      const head = await open(linkOf(run), "HEAD");
      expect([head.status, head.text]).toEqual([200, ""]);
    }
    expect((await service.get(`/v1/executions/${run.id}/history`)).text).toBe(before.text);
    expect(await read(run.id)).toEqual(run);
  });

  test("takes the answers once, and each by its type", async () => {
    const run = await start("every_field");
    const done = await send(linkOf(run), RIGHT);
    expect([done.status, titleOf(done)]).toEqual([200, "Thank you"]);
    expect(done.text).not.toContain("s3cr3t-pin");
    const history = await service.get(`/v1/executions/${run.id}/history`);
    const { steps, events } = historySchema.parse(history.json());
    expect(steps[0]?.output).toEqual({
      name: "Ännchen",
      story: "One\nTwo & <three>",
      amount: 12.5,
      // It showed its default, 3, and came back empty.
      count: null,
      sure: false,
      day: "2026-12-24",
      mail: "x@example.com",
      size: "m",
      parts: ["belt", "plc"],
      pin: "[SENSITIVE]",
    });
    const again = await send(linkOf(run), RIGHT);
    expect([again.status, titleOf(again)]).toEqual([409, "This link has been used"]);
    const opened = await open(linkOf(run));
    expect([opened.status, titleOf(opened)]).toEqual([409, "This link has been used"]);
    expect(opened.text).toContain("The form has been answered.");
    expect(events.filter(({ type }) => type === "run.resumed").map(({ data }) => data)).toEqual([
      { wait_number: 1, by: "resume_token", via: "resume_token" },
    ]);
  });

  test("comes again with wrong answers kept, and one error a field", async () => {
    const run = await start("every_field");
    const wrong: [string, string][] = [
      ["a.name", "x"],
      ["a.story", `It's ${HOSTILE}`],
      ["a.amount", "a lot"],
      ["a.count", "1.5"],
      ["a.day", "2026-02-30"],
      ["a.mail", HOSTILE],
      ["a.size", ""],
      ["a.parts", "belt"],
      ["a.code", "abc"],
      ["a.pin", "s3cr3t-pin"],
    ];
    const page = await send(linkOf(run), wrong);
    expect(page.status).toBe(422);
    expect(page.text).toMatch(/<title>Error: /);
    expect(summaryOf(page)).toEqual([
      ["field-0", "Your name must have at least 2 characters."],
      ["field-2", "amount must be a number."],
      ["field-3", "count must be a whole number."],
      ["field-4-0", "sure is required."],
      ["field-5", "day must be a real date like 2026-01-31."],
      ["field-6", "mail must be an e-mail address: a name, @ and a domain."],
      ["field-8", "size is required."],
      ["field-10", "code must match the pattern [A-Z]{3}."],
    ]);
    expect(page.text.split('class="error"').length - 1).toBe(8);
    expect([...page.text.matchAll(/<input[^>]*\bautofocus/g)]).toHaveLength(1);
    expect(page.text).toMatch(/<input id="field-0"[^>]*\bautofocus/);
    for (const kept of [
      'value="x"',
      'value="a lot"',
      'value="abc"',
      "It&#39;s &quot;&gt;&lt;script",
    ]) {
      expect(page.text).toContain(kept);
    }
    expect(page.text).toMatch(/value="belt"\s+checked/);
    expect(page.text).not.toContain("<script");
    expect(page.text).not.toContain("s3cr3t-pin");
    expect(idsAreRight(page.text)).toEqual([]);
    expect((await read(run.id)).wait?.number).toBe(1);
    expect((await send(linkOf(run), RIGHT)).status).toBe(200);
  });

  test("is filled in with what is known, and says what is wrong with that", async () => {
    const run = await start("every_field", { name: HOSTILE, amount: "lots", size: "m", pin: "1" });
    const page = await open(linkOf(run));
    expect(page.status).toBe(200);
    expect(page.text).toContain('value="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"');
    expect(page.text).toMatch(/<option value="m"\s+selected>/);
    expect(summaryOf(page).map(([id]) => id)).toEqual(["field-0", "field-2"]);
  });
});

describe("the page of an approval", () => {
  test("shows what was answered, masked, and who decides", async () => {
    const page = await open(linkOf(await atApproval(), ANN));
    expect([page.status, titleOf(page)]).toEqual([200, "Sign it off"]);
    for (const words of [
      ANN,
      "2 of 2 must approve",
      "Ännchen",
      "Two &amp; &lt;three&gt;",
      "Medium",
    ]) {
      expect(page.text).toContain(words);
    }
    expect(page.text).toContain("[SENSITIVE]");
    expect(page.text).not.toContain("s3cr3t-pin");
    expect(page.text).not.toMatch(/<script|wo_resume_/);
    expect(idsAreRight(page.text)).toEqual([]);
  });

  test("shows what a model made before it", async () => {
    const run = await read(
      (await start("content_draft_flow", { topic: "Launch", audience: "SMB" })).id,
    );
    const page = await open(linkOf(run, "dev-internal@example.com"));
    expect(page.text).toContain("Write the draft");
    expect(page.text).toContain("Draft about Launch for SMB.");
    expect(page.text).toContain("What is it about?");
  });

  test("decides as the person it is for, and others see the decision", async () => {
    const run = await atApproval();
    const approve: [string, string][] = [
      ["comment", HOSTILE],
      ["decision", "approve"],
    ];
    const done = await send(linkOf(run, ANN), approve);
    expect([done.status, titleOf(done)]).toEqual([200, "You have approved it"]);
    const again = await open(linkOf(run, ANN));
    expect([again.status, titleOf(again)]).toEqual([409, "This link has been used"]);
    expect(again.text).toContain("You have decided already.");
    const page = await open(linkOf(run, BOB));
    expect(page.text).toContain("Decisions so far");
    expect(page.text).toContain("&quot;&gt;&lt;script&gt;");
    expect(page.text).not.toContain("<script");
    expect((await send(linkOf(run, BOB), [["decision", "approve"]])).status).toBe(200);
    const ended = await read(run.id);
    expect(ended.status).toBe("completed");
  });

  test("wants a comment with a rejection, where the step does", async () => {
    const run = await atApproval();
    for (const comment of ["", "  \r\n "]) {
      const page = await send(linkOf(run, ANN), [
        ["comment", comment],
        ["decision", "reject"],
      ]);
      expect(page.status).toBe(422);
      expect(summaryOf(page)).toEqual([["comment", "Explain why you reject it."]]);
      expect(page.text).toMatch(/<textarea[^>]*aria-invalid="true"[^>]*autofocus/);
    }
    const rejected = await send(linkOf(run, ANN), [
      ["comment", "Too\r\nlong"],
      ["decision", "reject"],
    ]);
    expect([rejected.status, titleOf(rejected)]).toEqual([200, "You have rejected it"]);
    const ended = await read(run.id);
    expect(ended).toMatchObject({ status: "failed", error: { code: "approval_rejected" } });
    const late = await open(linkOf(run, BOB));
    expect([late.status, titleOf(late)]).toEqual([409, "This link has been used"]);
    expect(late.text).toContain("The approval has been decided.");
  });

  test.each<[string, [string, string][], [string, string][]]>([
    ["no decision", [["comment", "Hm"]], [["approve", "Choose Approve or Reject."]]],
    ["another word", [["decision", "maybe"]], [["approve", "Choose Approve or Reject."]]],
    [
      "a comment that is too long",
      [
        ["comment", "x".repeat(4_001)],
        ["decision", "approve"],
      ],
      [["comment", "The comment has more than 4000 characters."]],
    ],
  ])("comes again with %s", async (_what, fields, expected) => {
    const run = await atApproval();
    const page = await send(linkOf(run, ANN), fields);
    expect(page.status).toBe(422);
    expect(summaryOf(page)).toEqual(expected);
    expect((await read(run.id)).wait).toMatchObject({ decisions: [] });
  });

  test("takes a comment of exactly 4000 characters", async () => {
    const run = await atApproval();
    const fields: [string, string][] = [
      ["comment", "x".repeat(4_000)],
      ["decision", "approve"],
    ];
    expect((await send(linkOf(run, ANN), fields)).status).toBe(200);
  });
});

describe("a link that leads no further says why", () => {
  test.each([
    ["a word", "/resume/x"],
    ["a token that was cut", `/resume/wo_resume_${"A".repeat(83)}`],
    ["a token with an invalid signature", `/resume/wo_resume_${"A".repeat(84)}`],
    ["a token with a letter too many", `/resume/wo_resume_${"A".repeat(85)}`],
    ["a token with an invalid signature, with a full stop", `/resume/wo_resume_${"A".repeat(84)}.`],
    ["what is not percent-encoded", "/resume/%ZZ"],
    ["a long text", `/resume/${"A".repeat(4_000)}`],
    ["HTML", "/resume/%3Cscript%3E"],
  ])("%s is not valid", async (_what, path) => {
    for (const page of [await open(path), await send(path, RIGHT)]) {
      expect([page.status, page.mediaType]).toEqual([404, "text/html"]);
      expect(titleOf(page)).toBe("This link is not valid");
    }
  });

  test("one of another deployment is not valid, and one of a run that is not here is not either", async () => {
    const claims: ResumeClaims = {
      runId: `run_${"a".repeat(26)}`,
      stepIndex: 0,
      waitNumber: 1,
      approverIndex: null,
      expiresAt: Date.now() + 60_000,
    };
    for (const secret of [SERVER_SECRET, `${SERVER_SECRET}!`]) {
      const page = await open(`/resume/${await signResumeToken(firstSecret(secret), claims)}`);
      expect([page.status, titleOf(page)]).toEqual([404, "This link is not valid"]);
    }
  });

  test("one of a canceled run is not needed any more", async () => {
    const run = await start("every_field");
    await service.post(`/v1/executions/${run.id}/cancel`);
    for (const page of [await open(linkOf(run)), await send(linkOf(run), RIGHT)]) {
      expect([page.status, titleOf(page)]).toEqual([409, "This is no longer needed"]);
      expect(page.text).toContain("The run was canceled.");
    }
  });

  test("one whose wait has expired says so", async () => {
    const run = await start("page_expires");
    await expect.poll(async () => (await read(run.id)).status).toBe("failed");
    for (const page of [await open(linkOf(run)), await send(linkOf(run), [["a.topic", "x"]])]) {
      expect([page.status, titleOf(page)]).toEqual([409, "This link has expired"]);
    }
  });

  test("one that is too old says so, although the run still waits", async () => {
    const run = await start("every_field");
    const claims: ResumeClaims = {
      runId: run.id,
      stepIndex: 0,
      waitNumber: 1,
      approverIndex: null,
      expiresAt: Date.now() - 1,
    };
    const page = await open(`/resume/${await signResumeToken(firstSecret(SERVER_SECRET), claims)}`);
    expect([page.status, titleOf(page)]).toEqual([409, "This link has expired"]);
    expect(page.text).toContain("The run is still waiting");
  });
});

describe("what is sent otherwise than by the page", () => {
  test.each(["application/json", "multipart/form-data", "text/plain", ""])(
    "as %j is 415",
    async (type) => {
      const run = await start("every_field");
      const page = await send(linkOf(run), RIGHT, type);
      expect([page.status, page.mediaType]).toEqual([415, "text/html"]);
      expect((await read(run.id)).wait?.number).toBe(1);
    },
  );

  test("with more than 256 KiB is 413", async () => {
    const run = await start("every_field");
    const page = await send(linkOf(run), [["a.story", "x".repeat(256 * 1024)]]);
    expect([page.status, page.mediaType]).toEqual([413, "text/html"]);
  });

  test("by another method is 405, and the problem does not repeat the token", async () => {
    const link = linkOf(await start("every_field"));
    const answer = await open(link, "PUT");
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, "GET, HEAD, POST"]);
    expect(answer.text).not.toContain("wo_resume_");
    expect(answer.text).toContain('"instance":"/resume/{token}"');
  });

  test("ten times at once: one is thanked, nine read that the link was used (10 times)", async () => {
    for (let round = 0; round < 10; round++) {
      const run = await start("content_draft_flow");
      const fields: [string, string][] = [
        ["a.topic", "Launch"],
        ["a.audience", "SMB"],
      ];
      const pages = await Promise.all(Array.from({ length: 10 }, () => send(linkOf(run), fields)));
      expect(pages.map((page) => `${page.status} ${titleOf(page)}`).toSorted()).toEqual([
        "200 Thank you",
        ...Array.from({ length: 9 }, () => "409 This link has been used"),
      ]);
    }
  });
});

test("no token is in a log line, regardless of what went wrong", async () => {
  const run = await start("every_field");
  await send(linkOf(run), [["a.name", "x"]]);
  await open(linkOf(run), "PUT");
  await send(linkOf(run), RIGHT);
  await open(linkOf(run));
  const lines = service.logs().join("\n");
  expect(lines).toContain(run.id);
  expect(lines).not.toContain("wo_resume_");
  expect(lines).not.toContain(linkOf(run).slice(-40));
});

/** Ids that are there twice, and those that something points to and that are not there. */
function idsAreRight(page: string): string[] {
  const ids = [...page.matchAll(/\sid="([^"]+)"/g)].map(([, id = ""]) => id);
  const twice = ids.filter((id, index) => ids.indexOf(id) !== index);
  const pointers = [
    ...page.matchAll(/\s(?:for|aria-describedby|aria-labelledby)="([^"]+)"/g),
    ...page.matchAll(/\shref="#([^"]+)"/g),
  ].flatMap(([, names = ""]) => names.split(" "));
  return [...twice, ...pointers.filter((id) => !ids.includes(id))];
}
