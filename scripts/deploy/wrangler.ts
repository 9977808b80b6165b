/** Runs wrangler for a deploy: reads answers, or shows its output while it works. */
import { execa } from "execa";
import { CommandError, toolEnv } from "../project.ts";

export interface Asked {
  exitCode: number;
  stdout: string;
  stderr: string;
}

export class Wrangler {
  readonly #program: string;
  readonly #root: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #print: (text: string) => void;

  /**
   * @param program wrangler's own script, which this Node runs
   * @param root the folder in which it runs
   * @param print gets its output while it works
   */
  constructor(options: {
    program: string;
    root: string;
    env: NodeJS.ProcessEnv;
    print: (text: string) => void;
  }) {
    this.#program = options.program;
    this.#root = options.root;
    this.#env = options.env;
    this.#print = options.print;
  }

  /** Runs a command and returns its output, whether it succeeds or not. */
  async ask(args: readonly string[]): Promise<Asked> {
    const { exitCode, stdout, stderr } = await this.#start(args, { NO_COLOR: "1" });
    return { exitCode: exitCode ?? 1, stdout, stderr };
  }

  /** Runs a command and returns its output. @throws CommandError with its error output */
  async read(args: readonly string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await this.ask(args);
    if (exitCode === 0) return stdout;
    throw new CommandError(`wrangler ${args.join(" ")} failed:\n${stderr || stdout}`);
  }

  /** Runs a command and shows its output. @returns whether it succeeded */
  async show(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<boolean> {
    const running = this.#start(args, env);
    for (const stream of [running.stdout, running.stderr]) {
      stream.setEncoding("utf8").on("data", this.#print);
    }
    return (await running).exitCode === 0;
  }

  #start(args: readonly string[], env: NodeJS.ProcessEnv) {
    return execa(process.execPath, ["--no-warnings", this.#program, ...args], {
      cwd: this.#root,
      // Without a standard input, wrangler asks no questions, in a terminal as in CI.
      stdin: "ignore",
      extendEnv: false,
      env: toolEnv({ ...this.#env, ...env }),
      reject: false,
    });
  }
}
