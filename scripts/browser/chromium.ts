/** The Chromium of this machine, which tests, pictures and measurements of the page use. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { CommandError } from "../project.ts";

const NAMES = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
const USUAL_PATHS = ["/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"];

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Where Chromium is: `CHROMIUM`, or a usual name on the path. @throws CommandError with advice */
export function chromiumPath(env: NodeJS.ProcessEnv = process.env): string {
  const named = env["CHROMIUM"];
  if (named !== undefined && named !== "") {
    if (isProgram(named)) return named;
    throw new CommandError(`CHROMIUM is ${named}, which is no program.`);
  }
  const folders = (env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const places = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  const found = [...places, ...USUAL_PATHS].find(isProgram);
  if (found !== undefined) return found;
  throw new CommandError(
    "There is no Chromium here. Install it, or say where it is:\n" +
      "  apt-get install chromium\n" +
      "  CHROMIUM=/path/to/chromium npm run …",
  );
}

/** Starts it without a window. @throws CommandError if there is none */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath(),
    args: [
      // Chromium refuses to sandbox for root, as which containers and CI run; it sees our page alone.
      ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
      "--disable-gpu",
      "--disable-background-networking",
      "--font-render-hinting=none",
    ],
  });
}
