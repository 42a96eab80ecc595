/** Starts the viewer, and lets the page around it send its requests. */
const waiting = new Map();
const BODILESS = new Set([204, 205, 304]);

addEventListener("message", (event) => {
  if (event.source !== parent) return;
  const { id, error, status, statusText, headers, body } = event.data;
  const { resolve, reject } = waiting.get(id) ?? {};
  waiting.delete(id);
  if (error !== undefined) reject?.(new TypeError(error));
  else resolve?.(new Response(BODILESS.has(status) ? null : body, { status, statusText, headers }));
});

function ask(url, { method, headers, body }) {
  const id = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject });
    parent.postMessage(
      { id, url: String(url), method, headers: { ...headers }, body },
      location.origin,
    );
  });
}

SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  // A key is forgotten with the page.
  persistAuthorization: false,
  validatorUrl: null,
  requestInterceptor: (request) => Object.assign(request, { userFetch: ask }),
});
