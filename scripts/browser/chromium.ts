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

/** The path of Chromium: `CHROMIUM`, or a usual name on the path. @throws CommandError with advice */
export function chromiumPath(env: NodeJS.ProcessEnv = process.env): string {
  const named = env["CHROMIUM"];
  if (named !== undefined && named !== "") {
    if (isProgram(named)) return named;
    throw new CommandError(
      `CHROMIUM is ${named}, which is not a program. Set it to Chromium's path.`,
    );
  }
  const folders = (env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const places = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  const found = [...places, ...USUAL_PATHS].find(isProgram);
  if (found !== undefined) return found;
  throw new CommandError(
    "Chromium was not found. Install it, or set its path:\n" +
      "  apt-get install chromium\n" +
      "  CHROMIUM=/path/to/chromium npm run …",
  );
}

/** Starts Chromium without a window. @throws CommandError if it is not installed */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath(),
    args: [
      // Chromium does not sandbox for root, as which containers and CI run. It only opens our own page.
      ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
      "--disable-gpu",
      "--disable-background-networking",
      "--font-render-hinting=none",
    ],
  });
}
