/**
 * `node scripts/foreign-rows.ts <shards> <shard>` prints the SQL that deletes the rows of other shards
 * from a D1 shard: after shards were doubled by cloning, half of each clone's rows belong to the other.
 * See docs/deploy.md.
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
