import { describe, expect, test } from "vitest";
import { readSettings, settingsWarnings } from "#settings.ts";
import { parseOtlpHeaders, traceTarget } from "#telemetry/trace-target.ts";

const SETTINGS = {
  ENVIRONMENT: "production",
  OTEL_EXPORTER_OTLP_HEADERS: {},
  OTEL_SERVICE_NAME: "orders",
};

describe("the address of the collector", () => {
  test.each([
    ["https://otel.example.com", "https://otel.example.com/v1/traces"],
    ["http://127.0.0.1:4318/", "http://127.0.0.1:4318/v1/traces"],
    ["https://example.com/otlp/", "https://example.com/otlp/v1/traces"],
  ])("of %s is %s", (endpoint, url) => {
    const target = traceTarget({ ...SETTINGS, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
    expect(target?.url).toBe(url);
    expect(target).not.toHaveProperty("hint");
  });

  test("is none without an endpoint", () => {
    expect(traceTarget(SETTINGS)).toBeNull();
  });

  test("on the port of gRPC is taken, with a word about what is probably meant", () => {
    const endpoint = "http://otel-collector:4317";
    const hint =
      "OTEL_EXPORTER_OTLP_ENDPOINT names port 4317, where collectors speak gRPC. Traces are sent as OTLP over HTTP, which is usually port 4318.";
    expect(traceTarget({ ...SETTINGS, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint })?.hint).toBe(hint);
    const result = readSettings({
      ENVIRONMENT: "development",
      SERVER_SECRET: "s".repeat(32),
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    });
    expect(result.ok ? settingsWarnings(result.settings) : result.problems).toEqual([hint]);
  });
});

describe("headers for the collector", () => {
  test.each<[string, Record<string, string>]>([
    ["", {}],
    ["api-key=abc", { "api-key": "abc" }],
    [
      "Authorization=Basic%20YWJj%3D, x-tenant = one ,",
      { authorization: "Basic YWJj=", "x-tenant": "one" },
    ],
    ["authorization=Basic YWJj==", { authorization: "Basic YWJj==" }],
  ])("%j are read", (text, headers) => {
    expect(parseOtlpHeaders(text)).toEqual(headers);
  });

  test.each(["abc", "a b=c", "a=%zz", "a=b%0d%0ac", "=x", "a=é"])("%j are not", (text) => {
    expect(parseOtlpHeaders(text)).toBeNull();
  });
});
