// What each peer's program offers, over HTTP: the main job in three calls, and a run of ten steps.
// The answer to `answer` waits until the draft can be read, where the peer has a way to wait.
import { createServer } from "node:http";

export function serve(routes) {
  const reply = async (request, response) => {
    const [, route = "", id = ""] = (request.url ?? "").split("/");
    let text = "";
    request.setEncoding("utf8");
    for await (const part of request) text += part;
    try {
      const body = await routes[route](id, text === "" ? null : JSON.parse(text));
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(body));
    } catch (error) {
      response.statusCode = 500;
      response.end(String(error?.stack ?? error));
    }
  };
  const server = createServer((request, response) => void reply(request, response));
  // The client keeps its connections while this process rests.
  server.keepAliveTimeout = 0;
  server.listen(0, "127.0.0.1", () => console.log(`listening ${server.address().port}`));
}
