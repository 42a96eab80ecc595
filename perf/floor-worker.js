// The floor: what the platform takes for the least that a run can do. Not part of the service.
import { DurableObject } from "cloudflare:workers";

export class FloorObject extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    this.sql = ctx.storage.sql;
    this.isOpen = false;
  }

  insert() {
    if (!this.isOpen) {
      this.sql.exec("CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, value TEXT)");
      this.isOpen = true;
    }
    this.sql.exec("INSERT INTO t (value) VALUES (?)", "x".repeat(200));
    return { ok: true };
  }
}

export default {
  async fetch(request, env) {
    const name = new URL(request.url).pathname.slice(1);
    return Response.json(await env.FLOOR.getByName(name).insert());
  },
};
