/** The bindings `prefix0 … prefixN`, in order. A new one needs nothing but wrangler.toml. */
export function numbered<T>(env: Env, prefix: string, is: (value: unknown) => value is T): T[] {
  const bindings = new Map<string, unknown>(Object.entries(env));
  const found: T[] = [];
  for (let k = 0; ; k++) {
    const binding = bindings.get(`${prefix}${k}`);
    if (!is(binding)) return found;
    found.push(binding);
  }
}
