/**
 * The public port, opened only when the service behind it is ready. Wrangler listens as soon as the
 * Worker runs, which on a first start is before the examples are stored: a client that waits for
 * `/healthz` would then get 404 for a workflow that every copy has.
 *
 * Bytes are forwarded unchanged, so streams, uploads and broken connections behave as without it.
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
  // With Nagle's algorithm, small responses would wait for the acknowledgement of the previous one.
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
