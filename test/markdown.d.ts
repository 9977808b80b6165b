/** A Markdown file as text, which Vite reads. */
declare module "*.md?raw" {
  const text: string;
  export default text;
}
