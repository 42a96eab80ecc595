/**
 * Sends the requests of the viewer. The viewer is a large program of others in a frame without an
 * origin: it reads no storage of ours and no cookie is sent for it. What it wants of the API it asks
 * for here, and here it gets nothing but the API of this service.
 */
const frame = document.getElementById("viewer");
const API = /^\/(?:v1\/|metrics$|healthz$|openapi\.(?:json|yaml)$|schema\/)/;

addEventListener("message", ({ source, data }) => {
  if (source === frame.contentWindow) void answer(data);
});

async function answer({ id, url, ...request }) {
  const given = await send(url, request).catch((error) => ({ error: String(error) }));
  // A frame without an origin can only be addressed as any.
  frame.contentWindow.postMessage({ id, ...given }, "*");
}

async function send(address, { method, headers, body }) {
  const url = new URL(address, location.origin);
  if (url.origin !== location.origin || !API.test(url.pathname)) {
    return { error: "This address does not belong to the API." };
  }
  const options = { method, headers, body, credentials: "omit" };
  const response = await fetch(url, options);
  return {
    status: response.status,
    statusText: response.statusText,
    headers: [...response.headers],
    body: await response.text(),
  };
}

// Links to one operation go on working: /docs/#/Executions/startExecution
frame.src = `/docs/viewer${location.hash}`;
