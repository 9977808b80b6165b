const DISABLES = /^\s*(?:oxlint|eslint)-disable/;
const EXPLAINED = /\s--\s+\S/;

/**
 * Requires a reason, after `--`, in every comment that switches a lint rule off:
 *
 *     // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- ID_PATTERN matched it
 *
 * @type {import("./rule.ts").Rule}
 */
export const explainedDisables = {
  create(context) {
    return {
      Program() {
        for (const comment of context.sourceCode.getAllComments()) {
          if (DISABLES.test(comment.value) && !EXPLAINED.test(comment.value)) {
            context.report({ node: comment, message: "Say why the rule is off, after `--`." });
          }
        }
      },
    };
  },
};
