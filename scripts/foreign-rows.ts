/**
 * `node scripts/foreign-rows.ts <shards> <shard>` prints the SQL that removes from a D1 shard what it
 * does not hold: after shards were doubled by cloning, half of each is the other's. See
 * docs/deploy.md.
 */
import { foreignRowsSql } from "./shards/foreign-rows.ts";
import { CommandError, runCommand } from "./project.ts";

await runCommand(() => {
  const [shards, shard] = process.argv.slice(2).map(Number);
  if (!isCount(shards) || !isCount(shard) || shard >= shards) {
    throw new CommandError(
      "Usage: node scripts/foreign-rows.ts <number of shards> <shard, from 0>",
    );
  }
  console.log(foreignRowsSql(shards, shard));
  return Promise.resolve();
});

function isCount(value: number | undefined): value is number {
  return value !== undefined && Number.isInteger(value) && value >= 0;
}
