/** The schemas of scripts' answers. */
import { z } from "zod";
import { cardOf } from "../../feed/timeline/entry.ts";

/** A number; Redis stores it as text. */
const numeric = z.union([z.string().regex(/^-?\d+$/), z.int()]).transform((value) => Number(value));
const optionalNumeric = numeric.nullable().transform((value) => value ?? 0);
/** Text that is stored as JSON. */
const quoted = z.string().transform((text): string => z.string().parse(JSON.parse(text)));
const absent = z.string().nullable();
/** Text that is stored as JSON, empty if it is absent. */
const optionalQuoted = absent.transform((text): string =>
  text === null ? "" : z.string().parse(JSON.parse(text)),
);
/** Text; null if it is absent or empty. */
const notEmpty = absent.transform((text) => (text === "" ? null : text));

/** A list of strings. */
export const stringsSchema = z.array(z.string());

/**
 * An account: id, handle, name, followers, following, posts, epoch, migrating, bio, avatarUrl,
 * profileVersion.
 */
export const accountSchema = z.tuple([
  z.string(),
  z.string(),
  quoted,
  numeric,
  numeric,
  numeric,
  numeric,
  numeric,
  optionalQuoted,
  notEmpty,
  optionalNumeric,
]);
export const accountsSchema = z.array(accountSchema);

/** A post beside its author's card. */
export const bodySchema = z
  .tuple([
    z.string(),
    z.string(),
    z.string(),
    quoted,
    quoted,
    absent,
    absent,
    optionalNumeric,
    optionalNumeric,
    optionalNumeric,
    absent,
    optionalNumeric,
    notEmpty,
    optionalNumeric,
  ])
  .transform(
    ([
      id,
      author,
      handle,
      name,
      text,
      replyTo,
      replyToAuthor,
      likes,
      reposts,
      replies,
      repostOf,
      followers,
      avatarUrl,
      profileVersion,
    ]) => ({
      id,
      author: cardOf({ id: author, handle, name, avatarUrl, profileVersion }),
      text,
      replyTo:
        replyTo === null || replyToAuthor === null ? null : { id: replyTo, author: replyToAuthor },
      counts: { likes, reposts, replies },
      repostOf,
      followers,
    }),
  );
export type BodyRow = z.infer<typeof bodySchema>;
export const bodiesSchema = z.array(bodySchema);

/** A version and whether it is active: 1 or 0. */
export const stateSchema = z.tuple([numeric, numeric]);

/** A version, whether it is active, and whether the call changed it. */
export const writtenSchema = z.tuple([numeric, numeric, numeric]);

/** A number in an answer. */
export const numberSchema = numeric;
