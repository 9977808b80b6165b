/**
 * `npm run rank:eval -- --log LOG.jsonl` measures a ranking model on a log that it was not learned from.
 *
 * --log      the log, one served page a line (feed/rank/training-log.ts)
 * --model    the model (the one that ships)
 * --truth    the true worth of each item, for a simulated log: rank:simulate --truth
 * --seed     of the intervals (1)
 * --rounds   resamples of viewers for each interval (500)
 * --max-bad  accepted share of invalid lines (0.05)
 */
import { DEFAULT_MODEL } from "../feed/rank/default-model.ts";
import { HEADS } from "../feed/rank/heads.ts";
import { Progress } from "./demo/progress.ts";
import { runCommand } from "./project.ts";
import { evaluateHeads } from "./rank/evaluate-heads.ts";
import { OrderMeter } from "./rank/evaluate-orders.ts";
import { ExampleRows } from "./rank/examples.ts";
import { readModel } from "./rank/model-file.ts";
import { needed, readFlags, share, wholeNumber } from "./rank/options.ts";
import { MAX_BAD_SHARE, readLog } from "./rank/read-log.ts";
import { headTable, orderTable } from "./rank/report.ts";
import { readTruth } from "./rank/truth.ts";

await runCommand(async () => {
  const flag = readFlags(["log", "model", "truth", "seed", "rounds", "max-bad"]);
  const log = needed(flag("log"), "npm run rank:eval -- --log LOG.jsonl [--model model.json]");
  const file = flag("model");
  const model = file === null ? DEFAULT_MODEL : await readModel(file);
  const resampling = {
    seed: wholeNumber(flag("seed"), { usual: 1, min: 0, max: 2 ** 31 }, "--seed"),
    rounds: wholeNumber(flag("rounds"), { usual: 500, min: 10, max: 100_000 }, "--rounds"),
  };
  const truth = flag("truth");
  const worths = truth === null ? null : await readTruth(truth);
  const rows = new ExampleRows();
  const byActions = new OrderMeter(model, null);
  const byWorth = worths === null ? null : new OrderMeter(model, worths);
  await readLog(log, share(flag("max-bad"), MAX_BAD_SHARE, "--max-bad"), (page) => {
    rows.add(page);
    byActions.add(page);
    byWorth?.add(page);
  });
  const examples = rows.all();
  console.log(`\nModel "${model.name}", learned from: ${model.training.source}.`);
  console.log(`${examples.count} examples of ${examples.viewerCount} viewers; 95 % intervals.\n`);
  const progress = new Progress("Measuring, heads", HEADS.length);
  const heads = evaluateHeads(model, examples, resampling, (done) => progress.update(done));
  progress.end();
  console.log(`\n${headTable(heads)}`);
  console.log("\nQuality of orders, by the viewers' actions:\n");
  console.log(orderTable(byActions.report(resampling)));
  if (byWorth === null) return;
  console.log("\nQuality of orders, by the true worth of the items to the viewer:\n");
  console.log(orderTable(byWorth.report(resampling)));
});
