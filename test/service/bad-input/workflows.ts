/** Workflows and templates that are readable but wrong. */
import { JSON_TYPE, KIB, padded, type Row, YAML_TYPE } from "./row.ts";

const ASK = `
  - id: ask
    type: form
    name: Ask
    config:
      fields:
        - { key: topic, type: string, required: true }
`;

/** A small workflow whose id no test creates. */
function workflow(top: string, steps = ASK): string {
  return `id: never_created
name: Never created
${top}
steps:${steps}`;
}

function decide(when: string): string {
  return workflow(
    "start_step: decide",
    `
  - id: decide
    type: conditional
    name: Decide
    config: { when: ${when}, then: ask }${ASK}`,
  );
}

function yaml(what: string, body: string, at: string, pointers: string[]): Row {
  return {
    what: `YAML with ${what}`,
    method: "POST",
    path: "/v1/workflows",
    headers: YAML_TYPE,
    body,
    status: 422,
    code: "invalid_workflow",
    at,
    pointers,
  };
}

const YAML: Row[] = [
  yaml("nothing in it", " ", "1:1", [""]),
  yaml("a tab as indentation", "name: A\nsteps:\n\t- id: a\n", "3:1", [""]),
  yaml("a quote that is never closed", 'name: "A\nstart_step: ask\n', "1:7", [""]),
  yaml("a second colon", "name: A: B\n", "1:7", [""]),
  yaml("two documents", `${workflow("start_step: ask")}---\nname: B\n`, "11:1", [""]),
  yaml("no start_step", workflow(""), "1:1", ["/start_step"]),
  yaml("a start_step that does not exist", workflow("start_step: asc"), "3:13", ["/start_step"]),
  yaml("a key twice", workflow("start_step: ask\nname: B"), "4:1", ["/name"]),
  yaml("an alias", workflow("start_step: ask\nstatic: { a: &a 1, b: *a }"), "4:17", [
    "/static/a",
    "/static/b",
  ]),
  yaml("a tag", workflow("start_step: ask\nstatic: { a: !secret x }"), "4:22", ["/static/a"]),
  yaml("a misspelt key", workflow("start_step: ask\ndescripton: x"), "4:1", ["/descripton"]),
  yaml("a number for a name", "id: never_created\nname: 7\nstart_step: ask\nsteps:" + ASK, "2:7", [
    "/name",
  ]),
  yaml(
    "an id of the wrong form",
    workflow("start_step: ask").replace("never_created", "Never"),
    "1:5",
    ["/id"],
  ),
  yaml("an unknown step type", workflow("start_step: ask", ASK.replace("form", "fom")), "6:11", [
    "/steps/0/type",
  ]),
  yaml("a step twice", workflow("start_step: ask", ASK + ASK.slice(1)), "11:9", ["/steps/1/id"]),
  yaml(
    "a step that follows itself",
    workflow("start_step: ask", `${ASK}    next: ask\n`),
    "11:11",
    ["/steps/0/next"],
  ),
  yaml("an unfinished expression", decide('"1 +"'), "8:25", ["/steps/0/config/when"]),
  yaml("an attribute of the host language", decide('"x.constructor()"'), "8:35", [
    "/steps/0/config/when",
  ]),
  yaml("a future major version", workflow('start_step: ask\nschema_version: "1.0.0"'), "4:17", [
    "/schema_version",
  ]),
  yaml("65 levels", `a: ${"[".repeat(65)}${"]".repeat(65)}\n`, "1:68", [""]),
  yaml("one byte too many", padded(`${workflow("start_step: ask")}#`, 64 * KIB + 1), "11:65354", [
    "",
  ]),
];

const ROUTES: Row[] = [
  {
    what: "another definition of a known id",
    method: "POST",
    path: "/v1/workflows",
    headers: YAML_TYPE,
    body: workflow("start_step: ask").replace("never_created", "content_draft_flow"),
    status: 409,
    code: "workflow_exists",
  },
  {
    what: "a change of an unknown workflow",
    method: "PUT",
    path: "/v1/workflows/never_created",
    headers: YAML_TYPE,
    body: workflow("start_step: ask"),
    status: 404,
    code: "workflow_not_found",
  },
  {
    what: "a change that names another id",
    method: "PUT",
    path: "/v1/workflows/content_draft_flow",
    headers: YAML_TYPE,
    body: workflow("start_step: ask"),
    status: 422,
    code: "invalid_workflow",
    pointers: ["/id"],
    at: "1:5",
  },
  ...['"1-0000000000000000"', "nonsense", 'W/"1-0000000000000000"', '""'].map((tag): Row => ({
    what: `If-Match: ${tag}`,
    method: "PUT",
    path: "/v1/workflows/content_draft_flow",
    headers: {
      ...YAML_TYPE,
      "if-match": tag,
    },
    body: workflow("start_step: ask").replace("never_created", "content_draft_flow"),
    status: 412,
    code: "precondition_failed",
  })),
];

function template(what: string, body: object, pointers: string[]): Row {
  return {
    what: `a template with ${what}`,
    method: "PUT",
    path: "/v1/templates/content_v1",
    headers: JSON_TYPE,
    body: JSON.stringify(body),
    status: 422,
    code: "validation_failed",
    pointers,
  };
}

const TEMPLATES: Row[] = [
  template("no prompt", { system: "x" }, ["/prompt"]),
  template("an empty prompt", { prompt: "" }, ["/prompt"]),
  template("a number for a prompt", { prompt: 7 }, ["/prompt"]),
  template("an unknown key", { prompt: "x", user: "y" }, ["/user"]),
  template("a section that is never closed", { prompt: "{{#topic}}x" }, ["/prompt"]),
  template("a tag that is never closed", { prompt: "{{topic" }, ["/prompt"]),
  template("triple braces", { prompt: "{{{topic}}}" }, ["/prompt"]),
  template("a partial", { system: "{{> other}}", prompt: "x" }, ["/system"]),
  template("other delimiters", { prompt: "{{=<% %>=}}<% topic %>" }, ["/prompt"]),
  template("one character too many", { prompt: "x".repeat(32 * KIB + 1) }, ["/prompt"]),
  template("a long description", { prompt: "x", description: "x".repeat(4001) }, ["/description"]),
];

export const WORKFLOWS: Row[] = [...YAML, ...ROUTES, ...TEMPLATES];
