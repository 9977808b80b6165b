/**
 * `npm run train -- --log LOG.jsonl --out model.json` trains a ranking model on a training log.
 *
 * --log      the log, one served page a line (feed/rank/training-log.ts)
 * --out      the file of the model
 * --name     its name, which logs show (the time)
 * --source   where the log came from (the log's file name)
 * --seed     the same seed and log give the same model (1)
 * --hidden   units of the hidden layer (32)
 * --epochs   passes over the log, at most (30)
 * --max-bad  accepted share of invalid lines (0.05)
 */
import { basename } from "node:path";
import { MODEL_MAX_HIDDEN_UNITS } from "../feed/limits.ts";
import { HEADS } from "../feed/rank/heads.ts";
import { Progress } from "./demo/progress.ts";
import { CommandError, runCommand } from "./project.ts";
import { ExampleRows, type Examples, positives } from "./rank/examples.ts";
import { fit } from "./rank/fit.ts";
import { writeModel } from "./rank/model-file.ts";
import { needed, readFlags, share, wholeNumber } from "./rank/options.ts";
import { MAX_BAD_SHARE, readLog } from "./rank/read-log.ts";

const USAGE = "npm run train -- --log LOG.jsonl --out model.json";
/** A model trained on fewer examples is worse than the one that ships. */
const EXAMPLES_MIN = 500;

await runCommand(async () => {
  const flag = readFlags(["log", "out", "name", "source", "seed", "hidden", "epochs", "max-bad"]);
  const log = needed(flag("log"), USAGE);
  const out = needed(flag("out"), USAGE);
  const limits = { usual: 32, min: 1, max: MODEL_MAX_HIDDEN_UNITS };
  const hidden = wholeNumber(flag("hidden"), limits, "--hidden");
  const epochs = wholeNumber(flag("epochs"), { usual: 30, min: 1, max: 1000 }, "--epochs");
  const seed = wholeNumber(flag("seed"), { usual: 1, min: 0, max: 2 ** 31 }, "--seed");
  const rows = new ExampleRows();
  const maxBad = share(flag("max-bad"), MAX_BAD_SHARE, "--max-bad");
  const { lines, bad, repeated } = await readLog(log, maxBad, (page) => rows.add(page));
  const examples = rows.all();
  tellWhatThereIs(examples);
  let progress: Progress | null = null;
  const model = await fit(examples, {
    name: flag("name") ?? new Date().toISOString(),
    source: flag("source") ?? basename(log),
    pages: lines - bad - repeated,
    seed,
    hidden,
    epochs,
    onBatch: (done, of) => {
      progress ??= new Progress("Learning, examples", of);
      progress.update(done);
    },
    onEpoch: (epoch, loss) => {
      progress?.end();
      progress = null;
      const heldOut = loss === null ? "" : `: log loss ${loss.toFixed(5)} on held-out viewers`;
      console.log(`Epoch ${epoch} of at most ${epochs}${heldOut}`);
    },
  });
  await writeModel(out, model);
  console.log(`${out} is the model after epoch ${model.training.epochs}.`);
  console.log(`To measure it: npm run rank:eval -- --log OTHER.jsonl --model ${out}`);
});

function tellWhatThereIs(examples: Examples): void {
  const { count, viewerCount } = examples;
  console.log(`${count} examples of ${viewerCount} viewers.`);
  if (count < EXAMPLES_MIN) {
    throw new CommandError(
      `That is too few to train on: at least ${EXAMPLES_MIN} are needed. An example is an item down to ` +
        "the last one that was seen or acted on. Collect more, or use the model that ships.",
    );
  }
  positives(examples).forEach((times, n) => {
    const head = HEADS[n] ?? "";
    if (times === 0) console.log(`The log has no action "${head}". The model predicts it as rare.`);
  });
}
