/** `/v1/templates`: versioned prompts. */
import { z } from "zod";
import { findTemplate, listTemplates, storeTemplate } from "#db/templates.ts";
import { storeAnswer } from "#db/write-keys.ts";
import type { Diagnostic } from "#model/diagnostic.ts";
import { LIMITS } from "#model/limits.ts";
import {
  type Template,
  TEMPLATE_ID_PATTERN,
  templateBodySchema,
  templateSchema,
} from "#model/template.ts";
import { misnamedIn, templateNames } from "#template/names.ts";
import { parseTemplate } from "#template/template.ts";
import { withScope } from "./access.ts";
import { changeOf } from "./admin/audit.ts";
import { etagHeader } from "./conditional.ts";
import { fingerprint } from "./idempotency/key.ts";
import { untilStored } from "./idempotency/until-stored.ts";
import { answeredKey } from "./idempotency/write-keys.ts";
import { ProblemError } from "./problems/problems.ts";
import { jsonBody } from "./route/body.ts";
import { defineRoute, type Operation } from "./route/define.ts";
import { BY_ID, pageQuery, pageSchema, readPage } from "./route/paging.ts";
import { atPrimary, sessionsOf } from "./sessions.ts";
import type { AppContext } from "./types.ts";
import { isVisibleTemplate, referencesFor } from "./visible-names.ts";

const tag = "Templates";
const idParams = z.object({ id: z.string().meta({ example: "content_v1" }) });

const list = defineRoute({
  method: "get",
  path: "/v1/templates",
  operationId: "listTemplates",
  summary: "List templates",
  description:
    "The current version of each, in the order of their ids. A key that is limited to one workflow sees those that its stored versions name.",
  tag,
  access: withScope("workflows:read"),
  query: pageQuery(),
  session: true,
  answers: { 200: { schema: pageSchema("TemplateList", templateSchema), description: "A page." } },
  async handle(c, { query }) {
    const own = await sessionsOf(c).read((db) => referencesFor(c, db));
    const only = own && [...own.templateIds];
    const { rows: items, next_cursor } = await readPage(c, query, {
      name: "listTemplates",
      place: BY_ID,
      read: (after, count) =>
        sessionsOf(c).read((db) => listTemplates(db, after ?? "", count, only)),
      placeOf: ({ id }) => id,
    });
    return { status: 200, body: { items, next_cursor } };
  },
});

const read = defineRoute({
  method: "get",
  path: "/v1/templates/{id}",
  operationId: "readTemplate",
  summary: "Read a template",
  description: "The current version.",
  tag,
  access: withScope("workflows:read"),
  params: idParams,
  session: true,
  conditional: true,
  answers: { 200: { schema: templateSchema, description: "The current version." } },
  problems: ["template_not_found"],
  async handle(c, { params: { id } }) {
    const template = await sessionsOf(c).find(async (db) =>
      (await isVisibleTemplate(c, id, db)) ? findTemplate(db, id) : null,
    );
    if (!template) throw templateNotFound(id);
    return { status: 200, body: template, headers: await etag(template) };
  },
});

const put = defineRoute({
  method: "put",
  path: "/v1/templates/{id}",
  operationId: "putTemplate",
  summary: "Create or change a template",
  description:
    "Stores a new version; runs keep the one that was current when they started. The same text again changes nothing. `diagnostics` is present when it uses names that would be rendered empty.",
  tag,
  access: withScope("workflows:write"),
  params: idParams,
  body: jsonBody(templateBodySchema),
  idempotent: "write",
  answers: {
    200: { schema: templateSchema, description: "The current version.", headers: etagHeader },
  },
  problems: ["template_not_found"],
  async handle(c, { granted, params: { id }, body: { system, prompt, description } }) {
    // All workflows share the templates; a key limited to one workflow may not change them.
    const isLimited = granted.workflowScope !== null;
    if (isLimited || !TEMPLATE_ID_PATTERN.test(id)) throw templateNotFound(id);
    const body = {
      ...(system === undefined ? {} : { system }),
      prompt,
      ...(description === undefined ? {} : { description }),
    };
    checkTemplate(body);
    return untilStored(() => saveTemplate(c, id, body));
  },
});

export const templateOperations: readonly Operation[] = [list, read, put];

/** The text is part of it: a restored database assigns the same version numbers again. */
async function etag(template: Template): Promise<{ etag: string }> {
  const { version, ...text } = template;
  return { etag: `"${version}-${(await fingerprint(text)).slice(0, 16)}"` };
}

type TemplateBody = Omit<Template, "id" | "version">;

/** Stores it as the next version; null where another version was stored in between. */
async function saveTemplate(c: AppContext, id: string, body: TemplateBody) {
  const db = atPrimary(c);
  const current = await findTemplate(db, id);
  const template = { id, version: (current?.version ?? 0) + 1, ...body };
  if (current && isSameText(template, current)) {
    const answer = await answerOf(current);
    await storeAnswer(db, answeredKey(c, answer));
    return answer;
  }
  const answer = await answerOf(template);
  const isStored = await storeTemplate(db, template, changeOf(c), answeredKey(c, answer));
  return isStored ? answer : null;
}

function isSameText(template: Template, current: Template): boolean {
  return JSON.stringify({ ...template, version: current.version }) === JSON.stringify(current);
}

async function answerOf(template: Template) {
  return {
    status: 200,
    body: withWarnings(template),
    headers: await etag(template),
  } as const;
}

/** The response to a write. */
function withWarnings(template: Template) {
  const diagnostics = nameWarnings(template);
  return diagnostics.length === 0 ? template : { ...template, diagnostics };
}

/** Names that cannot be variables, unless a step defines them: they would be rendered empty. */
function nameWarnings(body: TemplateBody): Diagnostic[] {
  const found = (["system", "prompt"] as const).flatMap((key) =>
    misnamedIn(templateNames([body[key]])).map(({ message, suggestion }): Diagnostic => ({
      severity: "warning",
      code: "template_variable_missing",
      message,
      pointer: `/${key}`,
      ...(suggestion === undefined ? {} : { suggestion }),
    })),
  );
  return found.slice(0, LIMITS.diagnostics);
}

function checkTemplate(body: TemplateBody): void {
  const errors = (["system", "prompt"] as const).flatMap((key): Diagnostic[] => {
    const parsed = parseTemplate(body[key] ?? "");
    return parsed.ok
      ? []
      : [{ code: "template_syntax", message: parsed.error.message, pointer: `/${key}` }];
  });
  if (errors.length === 0) return;
  const detail = errors.map((error) => error.message).join(" ");
  throw new ProblemError({ code: "validation_failed", detail, errors });
}

function templateNotFound(id: string): ProblemError {
  return new ProblemError({
    code: "template_not_found",
    detail: `There is no template "${id.slice(0, 100)}".`,
  });
}
