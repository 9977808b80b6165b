/** What a client called itself, in words for readers. */

/** First match wins: Edge and Opera also call themselves Chrome, and Chrome also calls itself Safari. */
const BROWSERS: readonly [RegExp, string][] = [
  [/\bEdg(?:e|A|iOS)?\//, "Edge"],
  [/\bOPR\//, "Opera"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\b(?:Firefox|FxiOS)\//, "Firefox"],
  [/\b(?:Chrome|CriOS|HeadlessChrome)\//, "Chrome"],
  [/\bSafari\//, "Safari"],
];

/** First match wins: Android also calls itself Linux, and an iPhone also names Mac OS X. */
const SYSTEMS: readonly [RegExp, string][] = [
  [/\bAndroid\b/, "Android"],
  [/\biPhone\b/, "iPhone"],
  [/\biPad\b/, "iPad"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bWindows\b/, "Windows"],
  [/\bMac OS X\b/, "Mac"],
  [/\bLinux\b/, "Linux"],
];

function firstOf(names: readonly [RegExp, string][], device: string): string | undefined {
  return names.find(([pattern]) => pattern.test(device))?.[1];
}

/** "Firefox on Linux" for a browser's name of itself; any other client's name as it is. */
export function deviceName(device: string): string {
  if (device.trim() === "") return "Unknown device";
  const browser = device.startsWith("Mozilla/") ? firstOf(BROWSERS, device) : undefined;
  if (browser === undefined) return device;
  const system = firstOf(SYSTEMS, device);
  return system === undefined ? browser : `${browser} on ${system}`;
}
