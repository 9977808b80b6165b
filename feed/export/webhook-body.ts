/** What a webhook gets: a batch of events, in the form that Standard Webhooks advises. */
import { z } from "zod";
import { ID_PATTERN } from "../ids.ts";
import { named } from "../wire-examples.ts";
import { eventSchema } from "./events.ts";

const ownerSchema = z.object({
  owner: z.string().regex(ID_PATTERN).meta({ description: "The account that made the change." }),
});

export const webhookBodySchema = z
  .object({
    type: z.literal("skein.events"),
    timestamp: z.iso.datetime().meta({ description: "The time of this attempt." }),
    data: z.object({ events: z.array(z.intersection(eventSchema, ownerSchema)).min(1) }),
  })
  .meta(named("WebhookBody"));
export type WebhookBody = z.infer<typeof webhookBodySchema>;
