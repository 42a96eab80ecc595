import { afterAll } from "vitest";
import { applyD1Migrations, type D1Migration } from "cloudflare:test";
import { env } from "cloudflare:workers";

const { DB, TEST_MIGRATIONS } = env as unknown as {
  DB: D1Database;
  TEST_MIGRATIONS: D1Migration[];
};
await applyD1Migrations(DB, TEST_MIGRATIONS);

// Objects that still work when their file ends can keep the runtime from closing: what is under
// way (a projection is 25 ms later) gets the time to end.
afterAll(() => scheduler.wait(300));
