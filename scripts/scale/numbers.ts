/** Numbers as people read them. */

/** A rate with two digits, because the search has steps of a tenth. */
export function rounded(value: number): string {
  return count(Number(value.toPrecision(2)));
}

export function share(of: number): string {
  if (of > 0 && of < 0.005) return "under 1 %";
  return `${count(Math.round(of * 100))} %`;
}

export function count(value: number): string {
  return value.toLocaleString("en", { maximumFractionDigits: value < 10 ? 2 : 0 });
}
