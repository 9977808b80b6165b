/** Addresses of pictures: https alone, and only hosts that the page may load from. */

/**
 * The address of a picture in its normal form; null if it is none, not https, or on another host.
 * @param hosts such as `images.example`; `*.images.example` stands for every host below it
 */
export function imageAddress(text: string, hosts: readonly string[]): string | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  const isPlain = url.protocol === "https:" && url.username === "" && url.password === "";
  return isPlain && hosts.some((host) => covers(host, url.host)) ? url.href : null;
}

function covers(pattern: string, host: string): boolean {
  return pattern.startsWith("*.") ? host.endsWith(pattern.slice(1)) : host === pattern;
}
