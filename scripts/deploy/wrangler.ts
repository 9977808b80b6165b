/** wrangler as deploying uses it: to ask the account something, or to do something while one watches. */
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
   * @param program wrangler's own script, run by this Node
   * @param root the folder it works in
   * @param print gets what it says while it does something
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

  /** Runs a command whose answer is to be read, whether it succeeds or not. */
  async ask(args: readonly string[]): Promise<Asked> {
    const { exitCode, stdout, stderr } = await this.#start(args, { NO_COLOR: "1" });
    return { exitCode: exitCode ?? 1, stdout, stderr };
  }

  /** Runs a command whose answer is to be read. @throws CommandError with its own words */
  async read(args: readonly string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await this.ask(args);
    if (exitCode === 0) return stdout;
    throw new CommandError(`wrangler ${args.join(" ")} failed:\n${stderr || stdout}`);
  }

  /** Runs a command whose output is for people. @returns whether it succeeded */
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
      // Nothing is asked of the person at the keyboard that the log of a build could not answer.
      stdin: "ignore",
      extendEnv: false,
      env: toolEnv({ ...this.#env, ...env }),
      reject: false,
    });
  }
}
