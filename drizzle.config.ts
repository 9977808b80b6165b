import { defineConfig } from "drizzle-kit";

export default defineConfig({
  dialect: "sqlite",
  schema: "./db/d1/schema.ts",
  out: "./db/d1/migrations",
});
