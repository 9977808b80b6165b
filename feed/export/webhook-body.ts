/** What a webhook gets: a batch of events, in the form that Standard Webhooks advises. */
import { z } from "zod";
import { ID_PATTERN } from "../ids.ts";
import { named } from "../wire-examples.ts";
import { eventSchema } from "./events.ts";

const owned = {
  owner: z.string().regex(ID_PATTERN).meta({ description: "The account that made the change." }),
};
const [post, deletion, edge, reaction, promotion, impressions] = eventSchema.options;

/** An event with its owner, which Kafka has as the key of a record. */
const ownedEventSchema = z
  .discriminatedUnion("type", [
    post
      .extend(owned)
      .meta({ ...named("PostEvent"), description: "A post was published or imported." }),
    deletion.extend(owned).meta({ ...named("DeleteEvent"), description: "A post was deleted." }),
    edge
      .extend(owned)
      .meta({ ...named("EdgeEvent"), description: "Somebody followed or unfollowed an account." }),
    reaction
      .extend(owned)
      .meta({ ...named("ReactionEvent"), description: "A like or a repost, made or undone." }),
    promotion.extend(owned).meta({
      ...named("PromotionEvent"),
      description:
        "An author has crossed the threshold: how their posts reach followers from this epoch on.",
    }),
    impressions
      .extend(owned)
      .meta({ ...named("ImpressionsEvent"), description: "What a viewer saw, for training." }),
  ])
  .meta({ id: "Event" });

export const webhookBodySchema = z
  .object({
    type: z.literal("skein.events"),
    timestamp: z.iso.datetime().meta({ description: "The time of this attempt." }),
    data: z.object({ events: z.array(ownedEventSchema).min(1) }),
  })
  .meta(named("WebhookBody"));
export type WebhookBody = z.infer<typeof webhookBodySchema>;
