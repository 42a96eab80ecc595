/** The target of traces and the name of their sender, from the settings. */
import { SERVICE_VERSION } from "#model/version.ts";
import type { TraceTarget } from "./otlp.ts";

/** The settings with these names. */
export interface OtlpSettings {
  ENVIRONMENT: string;
  OTEL_EXPORTER_OTLP_ENDPOINT?: string | undefined;
  OTEL_EXPORTER_OTLP_HEADERS: Readonly<Record<string, string>>;
  OTEL_SERVICE_NAME: string;
}

/** The port on which collectors speak gRPC, which Workers do not. */
const GRPC_PORT = "4317";

/** null: no endpoint is set, and nothing is sent. */
export function traceTarget(settings: OtlpSettings): TraceTarget | null {
  const endpoint = settings.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (endpoint === undefined) return null;
  const hint = endpointHint(endpoint);
  return {
    url: `${endpoint.replace(/\/+$/, "")}/v1/traces`,
    headers: settings.OTEL_EXPORTER_OTLP_HEADERS,
    resource: {
      "service.name": settings.OTEL_SERVICE_NAME,
      "service.version": SERVICE_VERSION,
      "deployment.environment.name": settings.ENVIRONMENT,
    },
    ...(hint === null ? {} : { hint }),
  };
}

/** The probable mistake in an endpoint, as a sentence; null: none. */
export function endpointHint(endpoint: string): string | null {
  if (new URL(endpoint).port !== GRPC_PORT) return null;
  return `OTEL_EXPORTER_OTLP_ENDPOINT names port ${GRPC_PORT}, where collectors speak gRPC. Traces are sent as OTLP over HTTP, which is usually port 4318.`;
}

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e]*$/;

/**
 * `name=value,name=value` with percent-encoded values, as the OpenTelemetry specification defines
 * `OTEL_EXPORTER_OTLP_HEADERS`. null: it is malformed.
 */
export function parseOtlpHeaders(text: string): Record<string, string> | null {
  const headers: Record<string, string> = {};
  for (const pair of text.split(",").filter((part) => part.trim() !== "")) {
    const [name = "", ...rest] = pair.split("=");
    const value = decode(rest.join("=").trim());
    if (rest.length === 0 || value === null || !HEADER_VALUE.test(value)) return null;
    if (!HEADER_NAME.test(name.trim())) return null;
    headers[name.trim().toLowerCase()] = value;
  }
  return headers;
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
}
