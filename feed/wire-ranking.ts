/** How a viewer steers their ranked order, on the wire. */
import { z } from "zod";
import { SLIDER_MAX, TASTES_MAX } from "./limits-ranking.ts";
import { named } from "./wire-examples.ts";

const sliderSchema = (what: string) =>
  z
    .number()
    .min(0)
    .max(SLIDER_MAX)
    .meta({ description: `${what}: 0 does not count, 1 is usual, ${SLIDER_MAX} counts most.` });
const sliders = {
  fresh: sliderSchema("How new a post is"),
  close: sliderSchema("How much the viewer has to do with its author"),
  popular: sliderSchema("How many others react to it"),
};

/** The body of `PUT /v1/me/ranking`. */
export const newRankingSchema = z.strictObject(sliders).meta(named("NewRanking"));

const tasteSchema = z.enum(["more", "less"]);

/** How an account steers its ranked order. */
export const rankingSchema = z
  .object({
    ...sliders,
    tastes: z
      .array(z.object({ postId: z.string(), authorId: z.string(), taste: tasteSchema }))
      .meta({ description: `At most ${TASTES_MAX}, the newest last.` }),
  })
  .meta(named("Ranking"));
export type Ranking = z.infer<typeof rankingSchema>;

/** The body of `PUT /v1/posts/{id}/taste`; null takes a taste back. */
export const newTasteSchema = z
  .strictObject({ taste: tasteSchema.nullable() })
  .meta(named("NewTaste"));
/** Its answer. */
export const tastedSchema = z.object({ taste: tasteSchema.nullable() }).meta(named("Tasted"));
