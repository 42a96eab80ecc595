/** An API on this machine for the calls of a run. */
import { createServer, type IncomingMessage } from "node:http";
import { once } from "node:events";

export interface LocalApi {
  /** Its host and port, as `API_CALL_ALLOW_HTTP_HOSTS` and URLs name it. */
  host: string;
  close(): void;
}

/** `reply` says what a request gets; JSON. */
export async function openLocalApi(
  reply: (request: IncomingMessage) => { status: number; body: unknown },
): Promise<LocalApi> {
  const server = createServer((request, response) => {
    const { status, body } = reply(request);
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return {
    host: `127.0.0.1:${port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
