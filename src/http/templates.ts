/** `/v1/templates`: versioned prompts. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { z } from "zod";
import { openDatabase } from "#db/database.ts";
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
import { changeOf } from "./admin/audit.ts";
import { etagHeader, ifNoneMatch, notModified } from "./conditional.ts";
import { decodeCursor, encodeCursor, pageQuery } from "./cursor.ts";
import { fingerprint, keyHeaders, keyProblems } from "./idempotency/key.ts";
import { ProblemError } from "./problems/problems.ts";
import { jsonResponse, problemResponses, securedRoute } from "./route.ts";
import type { AppContext, AppEnv } from "./types.ts";
import { untilStored } from "./idempotency/until-stored.ts";
import { answeredKey, rememberWrite } from "./idempotency/write-keys.ts";

const tags = ["Templates"];
const idParams = z.object({ id: z.string().meta({ example: "content_v1" }) });

const listSchema = z
  .object({ items: z.array(templateSchema), next_cursor: z.string().nullable() })
  .meta({ id: "TemplateList", example: { items: [], next_cursor: null } });

export function mountTemplates(app: OpenAPIHono<AppEnv>): void {
  app.openapi(
    securedRoute("workflows:read", {
      method: "get",
      path: "/v1/templates",
      operationId: "listTemplates",
      summary: "List templates",
      description: "The current version of each, in the order of their ids.",
      tags,
      request: {
        query: pageQuery,
      },
      responses: {
        200: jsonResponse(listSchema, "A page."),
        ...problemResponses("invalid_parameter"),
      },
    }),
    async (c) => {
      const { limit, cursor } = c.req.valid("query");
      const found = await listTemplates(openDatabase(c.env.DB), decodeCursor(cursor), limit + 1);
      const items = found.slice(0, limit);
      const last = found.length > limit ? items.at(-1) : undefined;
      return c.json({ items, next_cursor: last ? encodeCursor(last.id) : null }, 200);
    },
  );

  app.openapi(
    securedRoute("workflows:read", {
      method: "get",
      path: "/v1/templates/{id}",
      operationId: "readTemplate",
      summary: "Read a template",
      description: "The current version.",
      tags,
      request: { params: idParams, headers: ifNoneMatch },
      responses: {
        200: { ...jsonResponse(templateSchema, "The current version."), headers: etagHeader },
        304: { ...notModified, headers: etagHeader },
        ...problemResponses("template_not_found"),
      },
    }),
    async (c) => {
      const { id } = c.req.valid("param");
      const template = await findTemplate(openDatabase(c.env.DB), id);
      if (!template) throw templateNotFound(id);
      return c.json(template, 200, await etag(template));
    },
  );

  app.openapi(
    securedRoute(
      "workflows:write",
      {
        method: "put",
        path: "/v1/templates/{id}",
        operationId: "putTemplate",
        summary: "Create or change a template",
        description:
          "Stores a new version; runs keep the one that was current when they started. The same text again changes nothing. `diagnostics` is present when it uses names that would be rendered empty.",
        tags,
        request: {
          params: idParams,
          headers: keyHeaders,
          body: { required: true, content: { "application/json": { schema: templateBodySchema } } },
        },
        responses: {
          200: { ...jsonResponse(templateSchema, "The current version."), headers: etagHeader },
          ...problemResponses(
            "malformed_body",
            "number_not_exact",
            "template_not_found",
            "payload_too_large",
            "unsupported_media_type",
            "validation_failed",
            ...keyProblems,
          ),
        },
      },
      { yaml: false, optional: false },
      rememberWrite,
    ),
    async (c) => {
      const { id } = c.req.valid("param");
      // All workflows share the templates; a key limited to one workflow may not change them.
      const isLimited = c.get("principal").workflowId !== null;
      if (isLimited || !TEMPLATE_ID_PATTERN.test(id)) throw templateNotFound(id);
      const { system, prompt, description } = c.req.valid("json");
      const body = {
        ...(system === undefined ? {} : { system }),
        prompt,
        ...(description === undefined ? {} : { description }),
      };
      checkTemplate(body);
      const template = await untilStored(() => saveTemplate(c, id, body));
      return c.json(withWarnings(template), 200, await etag(template));
    },
  );
}

/** The text is part of it: a restored database assigns the same version numbers again. */
async function etag(template: Template): Promise<{ etag: string }> {
  const { version, ...text } = template;
  return { etag: `"${version}-${(await fingerprint(text)).slice(0, 16)}"` };
}

type TemplateBody = Omit<Template, "id" | "version">;

/** Stores it as the next version; null where another version was stored in between. */
async function saveTemplate(
  c: AppContext,
  id: string,
  body: TemplateBody,
): Promise<Template | null> {
  const db = openDatabase(c.env.DB);
  const current = await findTemplate(db, id);
  const template = { id, version: (current?.version ?? 0) + 1, ...body };
  if (
    current &&
    JSON.stringify({ ...template, version: current.version }) === JSON.stringify(current)
  ) {
    await storeAnswer(db, await answered(c, current));
    return current;
  }
  const key = await answered(c, template);
  return (await storeTemplate(db, template, changeOf(c), key)) ? template : null;
}

/** The request's idempotency key, with this answer. */
async function answered(c: AppContext, template: Template) {
  return answeredKey(c, {
    status: 200,
    body: JSON.stringify(withWarnings(template)),
    ...(await etag(template)),
  });
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
      : [{ code: "template_syntax", message: parsed.message, pointer: `/${key}` }];
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
