/** Texts from elsewhere in the lengths that they have here. */
import { Parser } from "htmlparser2";

/** A text of at most so many code points; one that was longer ends with an ellipsis. */
export function shortened(text: string, maxChars: number): string {
  const chars = [...text.trim()];
  if (chars.length <= maxChars) return chars.join("");
  return `${chars
    .slice(0, maxChars - 1)
    .join("")
    .trimEnd()}…`;
}

/** A text in parts of at most so many code points, which end between words where they can. */
export function textParts(text: string, maxChars: number): string[] {
  const parts: string[] = [];
  let rest = [...text.trim()];
  while (rest.length > maxChars) {
    const space = rest.slice(0, maxChars + 1).findLastIndex((char) => /\s/u.test(char));
    const end = space > 0 ? space : maxChars;
    parts.push(rest.slice(0, end).join("").trimEnd());
    rest = [...rest.slice(end).join("").trimStart()];
  }
  return [...parts, rest.join("")];
}

/** The text of HTML: paragraphs are divided by an empty line. */
export function textOfHtml(html: string): string {
  let text = "";
  const parser = new Parser(
    {
      onopentagname(name) {
        if (name === "br") text += "\n";
        else if (name === "li") text += "\n- ";
        else if (name === "p" && text !== "") text = `${text.trimEnd()}\n\n`;
      },
      ontext(piece) {
        text += piece;
      },
    },
    { decodeEntities: true },
  );
  parser.end(html);
  return text.trim();
}
