/**
 * `npm run rank:simulate -- --out LOG.jsonl` writes a training log of simulated viewers, in the product's
 * own form.
 *
 * --out      the file of the log
 * --truth    the file of the items' true worths, one page per line (none)
 * --viewers  number of viewers (200)
 * --pages    pages each of them reads in two weeks (30)
 * --items    items per page (20); 100 shows all candidates
 * --seed     each seed makes another world of authors, posts and viewers (1)
 */
import { PAGE_MAX_ITEMS } from "../feed/limits.ts";
import { logLineText } from "../feed/rank/training-log.ts";
import { Progress } from "./demo/progress.ts";
import { runCommand } from "./project.ts";
import { Lines } from "./rank/lines.ts";
import { needed, readFlags, wholeNumber } from "./rank/options.ts";
import { simulate } from "./rank/simulator/simulate.ts";

await runCommand(async () => {
  const flag = readFlags(["out", "truth", "viewers", "pages", "items", "seed"]);
  const out = needed(flag("out"), "npm run rank:simulate -- --out LOG.jsonl");
  const number = (name: string, usual: number, max: number) =>
    wholeNumber(flag(name), { usual, min: 1, max }, `--${name}`);
  const simulation = {
    seed: number("seed", 1, 2 ** 31),
    viewers: number("viewers", 200, 1_000_000),
    pages: number("pages", 30, 1_000),
    items: number("items", 20, PAGE_MAX_ITEMS),
  };
  const truth = flag("truth");
  const [log, worths] = [new Lines(out), truth === null ? null : new Lines(truth)];
  const progress = new Progress("Simulating, pages", simulation.viewers * simulation.pages);
  let pages = 0;
  for (const page of simulate(simulation)) {
    await log.write(logLineText(page.line));
    await worths?.write(JSON.stringify({ page: page.line.page, worths: page.worths }));
    progress.update(++pages);
  }
  await Promise.all([log.end(), worths?.end()]);
  progress.end();
  console.log(
    `${out} has ${pages} pages. To train a model: npm run train -- --log ${out} --out model.json`,
  );
});
