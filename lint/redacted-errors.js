const ERROR_NAME = /(?:^|\.)(?:error|reason|thrown)$/i;

/**
 * Refuses an error's own text in logs and in what is kept, because it may quote what people wrote:
 * `errorText` of feed/error-text.ts is the one place that decides what of it leaves the process.
 *
 * @type {import("./rule.ts").Rule}
 */
export const redactedErrors = {
  create(context) {
    return {
      CallExpression(node) {
        const callee = context.sourceCode.getText(node.callee);
        for (const argument of node.arguments) {
          const text = context.sourceCode.getText(argument);
          const isRaw =
            ERROR_NAME.test(text) && (callee === "String" || callee.startsWith("console."));
          const isMessage =
            callee.startsWith("console.") && /\berror\.(message|stack)\b/.test(text);
          if (isRaw || isMessage) {
            context.report({ node, message: "Use errorText of feed/error-text.ts: it redacts." });
          }
        }
      },
    };
  },
};
