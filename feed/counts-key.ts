/** Where KV has the counts of a post. */
export function countsKey(post: string): string {
  return `counts:${post}`;
}
