/** Ports for services that a test starts and that open their port only later. */
import { createServer } from "node:net";

/** Below the range from which systems take the ports of outgoing connections and of `listen(0)`. */
const FROM = 20_000;
const TO = 32_000;

/**
 * A port that nothing listens on. One that the system chose could be given to another process
 * before the service opens it, which takes seconds.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 50; tries += 1) {
    const port = FROM + Math.floor(Math.random() * (TO - FROM));
    if (await isFree(port)) return port;
  }
  throw new Error("no port is free");
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
