/** An API outside that remembers each call by its key. Some of its paths answer only when told to. */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

interface Call {
  path: string;
  key: string;
}

export interface Witness {
  host: string;
  calls: readonly Call[];
  /** From now on every path answers 200. */
  answerAll(): void;
  /** Paths, each of one run, that were called with more than one key. */
  otherKeys(): string[];
  close(): Promise<void>;
}

export async function startWitness(): Promise<Witness> {
  const calls: Call[] = [];
  const hanging: ServerResponse[] = [];
  let answers = false;
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    calls.push({ path, key: String(request.headers["idempotency-key"] ?? "") });
    request.resume();
    response.setHeader("content-type", "application/json");
    if (answers || path.startsWith("/ok")) response.end('{"ok":true}');
    else if (path.startsWith("/busy")) response.writeHead(503).end("{}");
    else hanging.push(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- of a server that listens on a port
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    calls,
    answerAll: () => {
      answers = true;
    },
    otherKeys: () => {
      const byPath = Map.groupBy(calls, ({ path }) => path);
      return [...byPath].flatMap(([path, same]) =>
        new Set(same.map(({ key }) => key)).size > 1 ? [path] : [],
      );
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
