/**
 * The port that callers know, opened only when the service behind it is ready for them. Wrangler
 * listens as soon as the Worker runs, which on a first start is before the examples are in: whoever
 * waits for `/healthz` would then be answered 404 for a workflow that every copy has.
 *
 * Bytes are passed on as they come, so streams, uploads and hung-up connections are as without it.
 */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

const HOST = "127.0.0.1";

/** Resolves when connections to `port` lead to `behind`. Rejects when the port is taken. */
export async function openDoor(port: number, behind: number): Promise<{ close(): void }> {
  const server = createServer((caller) => {
    const service = connect(behind, HOST);
    pass(caller, service);
    pass(service, caller);
  });
  server.listen(port, HOST);
  await once(server, "listening");
  return { close: () => server.close() };
}

function pass(from: Socket, to: Socket): void {
  // Small answers would wait for the one before to be acknowledged.
  from.setNoDelay(true);
  from.pipe(to);
  from.on("error", () => to.destroy());
  from.on("close", () => to.destroy());
}

/** A port that nothing listens on at the moment. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, HOST);
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
