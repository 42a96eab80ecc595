import { defineConfig } from "drizzle-kit";

/** `npm run migration -- --name <what>` writes the next migration from schema.ts. */
export default defineConfig({
  dialect: "sqlite",
  schema: "./src/db/schema.ts",
  out: "./migrations",
});
