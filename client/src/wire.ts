/** The bodies of Skein's API, generated from its document: `npm run client:types`. */
export type paths = Record<string, never>;
export interface webhooks {
  events: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Skein sends a batch of events
     * @description Signed as Standard Webhooks says. A batch that is not taken comes again, for three days, alone or with other events; so an event may come twice, and in any order.
     */
    post: operations["receiveEvents"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
}
export interface components {
  schemas: {
    WebhookBody: {
      /** @enum {string} */
      type: "skein.events";
      /**
       * Format: date-time
       * @description The time of this attempt.
       */
      timestamp: string;
      data: {
        events: components["schemas"]["Event"][];
      };
    };
    Event:
      | components["schemas"]["PostEvent"]
      | components["schemas"]["DeleteEvent"]
      | components["schemas"]["EdgeEvent"]
      | components["schemas"]["ReactionEvent"]
      | components["schemas"]["PromotionEvent"]
      | components["schemas"]["ImpressionsEvent"];
    /** @description A post was published or imported. */
    PostEvent: {
      /** @enum {number} */
      v: 1;
      /** @description The same for every repetition of the event, and of no other event. Ids sort by the time of the request. */
      id: string;
      /** @description The time of the request, in milliseconds since 1970. */
      atMs: number;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: "post";
      author: string;
      post: string;
      text: string;
      replyTo: {
        id: string;
        author: string;
      } | null;
      /** @description The account that made the change. */
      owner: string;
    };
    /** @description A post was deleted. */
    DeleteEvent: {
      /** @enum {number} */
      v: 1;
      /** @description The same for every repetition of the event, and of no other event. Ids sort by the time of the request. */
      id: string;
      /** @description The time of the request, in milliseconds since 1970. */
      atMs: number;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: "delete";
      author: string;
      post: string;
      /** @description The account that made the change. */
      owner: string;
    };
    /** @description Somebody followed or unfollowed an account. */
    EdgeEvent: {
      /** @enum {number} */
      v: 1;
      /** @description The same for every repetition of the event, and of no other event. Ids sort by the time of the request. */
      id: string;
      /** @description The time of the request, in milliseconds since 1970. */
      atMs: number;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: "edge";
      follower: string;
      followee: string;
      following: boolean;
      /** @description The account that made the change. */
      owner: string;
    };
    /** @description A like or a repost, made or undone. */
    ReactionEvent: {
      /** @enum {number} */
      v: 1;
      /** @description The same for every repetition of the event, and of no other event. Ids sort by the time of the request. */
      id: string;
      /** @description The time of the request, in milliseconds since 1970. */
      atMs: number;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: "reaction";
      actor: string;
      /** @enum {string} */
      kind: "like" | "repost";
      post: string;
      active: boolean;
      /** @description The account that made the change. */
      owner: string;
    };
    /** @description An author has crossed the threshold: how their posts reach followers from this epoch on. */
    PromotionEvent: {
      /** @enum {number} */
      v: 1;
      /** @description The same for every repetition of the event, and of no other event. Ids sort by the time of the request. */
      id: string;
      /** @description The time of the request, in milliseconds since 1970. */
      atMs: number;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: "promotion";
      author: string;
      /** @enum {string} */
      mode: "push" | "pull";
      epoch: number;
      /** @description The account that made the change. */
      owner: string;
    };
    /** @description What a viewer saw, for training. */
    ImpressionsEvent: {
      /** @enum {number} */
      v: 1;
      /** @description The same for every repetition of the event, and of no other event. Ids sort by the time of the request. */
      id: string;
      /** @description The time of the request, in milliseconds since 1970. */
      atMs: number;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: "impressions";
      viewer: string;
      items: {
        postId: string;
        dwellMs?: number;
        opened?: boolean;
      }[];
      /** @description The account that made the change. */
      owner: string;
    };
    Frame:
      | components["schemas"]["HelloFrame"]
      | components["schemas"]["PostFrame"]
      | components["schemas"]["DeleteFrame"]
      | components["schemas"]["ProfileFrame"]
      | components["schemas"]["CountsFrame"]
      | components["schemas"]["ResyncFrame"];
    /** @description The first frame; `seq` is the newest change. */
    HelloFrame: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: "hello";
      /** @description Grows with every frame that has one; send the newest as ?since= when coming back. */
      seq: number;
    };
    /** @description An entry for the top of the timeline. */
    PostFrame: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: "post";
      /** @description Grows with every frame that has one; send the newest as ?since= when coming back. */
      seq: number;
      item: components["schemas"]["TimelineItem"];
    };
    TimelineItem: {
      /** @description The entry's id: of the post, or of the repost. `latest` sorts by it. */
      id: string;
      /**
       * Format: date-time
       * @description The time of the post, or of the repost.
       */
      at: string;
      post: components["schemas"]["Post"];
      reason: components["schemas"]["Reason"];
      why?: components["schemas"]["Why"];
    };
    Post: {
      /** @description Opaque; sorts by time. */
      id: string;
      author: components["schemas"]["Author"];
      text: string;
      /** Format: date-time */
      createdAt: string;
      /** @description The id of the post that it answers. */
      replyTo: string | null;
      /** @description What a reply answers, as far as the viewer may see it; null for a post that is no reply, and once the parent is deleted or hidden. */
      parent: {
        /** @description Opaque; sorts by time. */
        id: string;
        author: components["schemas"]["Author"];
        /** @description The first lines; an ellipsis ends what was cut. */
        text: string;
      } | null;
      counts: components["schemas"]["Counts"];
      viewer?: components["schemas"]["Reactions"];
    };
    Author: {
      /** @description Opaque; sorts by time. */
      id: string;
      handle: string;
      name: string;
      avatarUrl: string | null;
    };
    Counts: {
      likes: number;
      reposts: number;
      replies: number;
    };
    /** @description What the caller did; only with a token. */
    Reactions: {
      liked: boolean;
      reposted: boolean;
    };
    /** @description What brought the post into the list; `by` has reposted it. */
    Reason: {
      /** @enum {string} */
      kind: "self" | "following" | "repost";
      by?: components["schemas"]["Author"];
    };
    /** @description The score of a ranked item and what made it, where `explain=true` asks for it. */
    Why: {
      /** @description The expected value of the item to the viewer. 0.5 is a like. */
      score: number;
      /** @description The name of the model that ranked the item. */
      model: string;
      /** @description The score of an item with average features. */
      typical: number;
      /** @description By group of features; they add up to the score minus `typical`. */
      contributions: {
        group: string;
        contribution: number;
      }[];
      /** @description By action the viewer may take; they add up to the score. */
      actions: {
        action: string;
        probability: number;
        weight: number;
        contribution: number;
      }[];
      /** @description What a page says in sentences; the most telling first, at least one. */
      reasons: {
        /** @enum {string} */
        kind:
          | "own"
          | "answersYou"
          | "askedMore"
          | "askedLess"
          | "oftenLiked"
          | "oftenAnswered"
          | "oftenReposted"
          | "oftenRead"
          | "repostedBy"
          | "new"
          | "answersFollowed"
          | "rising"
          | "popular"
          | "answeredBefore"
          | "likedBefore"
          | "repostedBefore"
          | "readBefore"
          | "seenBefore"
          | "followed";
        by?: components["schemas"]["Author"];
      }[];
      /** @description What changes the score: what the viewer did with the post, and their taste. */
      adjustments: {
        kind: string;
        factor: number;
        by?: components["schemas"]["Author"];
      }[];
    };
    /** @description A post to take away. */
    DeleteFrame: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: "delete";
      /** @description Grows with every frame that has one; send the newest as ?since= when coming back. */
      seq: number;
      /** @description Opaque; sorts by time. */
      postId: string;
    };
    /** @description An author's new name or picture, for all that the page shows of them. */
    ProfileFrame: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: "profile";
      /** @description Grows with every frame that has one; send the newest as ?since= when coming back. */
      seq: number;
      user: components["schemas"]["Author"];
    };
    /** @description The latest counts of a post that a page has shown while a socket was open. */
    CountsFrame: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: "counts";
      /** @description Opaque; sorts by time. */
      postId: string;
      counts: components["schemas"]["Counts"];
    };
    /** @description Frames cannot tell what has happened: read the timeline again. */
    ResyncFrame: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: "resync";
    };
    Health: {
      /** @enum {string} */
      status: "ok";
      version: string;
    };
    Problem: {
      type: string;
      title: string;
      status: number;
      /** @enum {string} */
      code:
        | "invalid_request"
        | "unauthenticated"
        | "bad_credentials"
        | "challenge_failed"
        | "forbidden"
        | "not_found"
        | "gone"
        | "handle_taken"
        | "cannot_follow_self"
        | "limit_reached"
        | "idempotency_conflict"
        | "payload_too_large"
        | "upgrade_required"
        | "rate_limited"
        | "unavailable"
        | "internal";
      detail: string;
      requestId: string;
      errors?: {
        path: string;
        message: string;
      }[];
    };
    Figures: {
      /** Format: date-time */
      at: string;
      regions: {
        region: string;
        /** Format: date-time */
        since: string;
        counters: {
          [key: string]: number;
        };
        timings: {
          [key: string]: {
            count: number;
            sumMs: number;
            buckets: {
              [key: string]: number;
            };
          };
        };
      }[];
      missing: string[];
      backlog: {
        outbox: number | null;
        deadLetters: number | null;
        queues: {
          [key: string]: number | null;
        };
      };
    };
    MadeAdminKey: {
      key: components["schemas"]["AdminKey"];
      token: string;
    };
    AdminKey: {
      id: string;
      name: string;
      scopes: ("metrics" | "import" | "mint" | "operate")[];
      /** Format: date-time */
      createdAt: string;
      /** Format: date-time */
      expiresAt: string;
    };
    NewAdminKey: {
      name?: string;
      scopes: ("metrics" | "import" | "mint" | "operate")[];
      /** Format: date-time */
      expiresAt?: string;
    };
    AdminKeyList: {
      items: components["schemas"]["AdminKey"][];
      next: null;
    };
    AdminUseList: {
      items: components["schemas"]["AdminUse"][];
      next: string | null;
    };
    AdminUse: {
      /** Format: date-time */
      at: string;
      /** @description The id of a key, or `root`: the ADMIN_TOKEN. */
      by: string;
      operation: string;
      /** @description The id of an account. */
      subject: string | null;
      times: number;
      requestId: string;
    };
    Session: {
      user: components["schemas"]["User"];
      /** @description Goes into the header of calls. */
      token: string;
      /**
       * Format: date-time
       * @description The end of the token.
       */
      expiresAt: string;
    };
    User: {
      /** @description Opaque; sorts by time. */
      id: string;
      handle: string;
      name: string;
      bio: string;
      avatarUrl: string | null;
      /** Format: date-time */
      createdAt: string;
      counts: components["schemas"]["UserCounts"];
      /** @description Whether followers pull the account's posts, because it has very many. */
      celebrity: boolean;
      viewer?: components["schemas"]["Relations"];
    };
    UserCounts: {
      followers: number;
      following: number;
      posts: number;
    };
    /** @description What is between the caller and the account; only with a token. */
    Relations: {
      following: boolean;
      followedBy: boolean;
      muted: boolean;
      blocked: boolean;
    };
    AccountName: {
      /** @description 3 to 30 of a-z, 0-9 and _. Capitals become small letters. */
      handle: string;
    };
    ImportAnswer:
      | components["schemas"]["ImportProgress"]
      | components["schemas"]["ImportedId"]
      | components["schemas"]["ImportError"]
      | components["schemas"]["ImportReport"];
    ImportProgress: {
      lines: number;
    };
    ImportedId: {
      line: number;
      id: string;
    };
    ImportError: {
      line?: number;
      error: string;
    };
    ImportReport: {
      /** @description New accounts. */
      users: number;
      follows: number;
      posts: number;
      likes: number;
      reposts: number;
      /** @description Lines that changed nothing. */
      skipped: number;
      errors: number;
      /** @description The line with which the next request continues, because one request imports a bounded share; null at the end. */
      next: number | null;
    };
    ImportLine:
      | components["schemas"]["ImportedUser"]
      | components["schemas"]["ImportedFollow"]
      | components["schemas"]["ImportedPost"]
      | components["schemas"]["ImportedLike"]
      | components["schemas"]["ImportedRepost"];
    /** @description An account. With `bio`, `avatarUrl` or `externalId` the line also changes an account that exists, its name included. */
    ImportedUser: {
      user: {
        /** @description 3 to 30 of a-z, 0-9 and _. Capitals become small letters. */
        handle: string;
        /** @description 1 to 50 Unicode code points on one line. */
        name?: string;
        /** @description At most 160 Unicode code points after trimming. */
        bio?: string;
        avatarUrl?: string | null;
        /** @description The subject of another issuer whose tokens are good for the account. */
        externalId?: {
          iss: string;
          sub: string;
        };
      };
    };
    ImportedFollow: {
      follow: [string, string];
    };
    ImportedPost: {
      post: {
        key: string;
        /** @description 3 to 30 of a-z, 0-9 and _. Capitals become small letters. */
        author: string;
        /** @description 1 to 280 Unicode code points after trimming. Control characters other than line feed and tab are refused, and so are characters that override the direction of text (U+202A to U+202E, U+2066 to U+2069). */
        text: string;
        /** Format: date-time */
        at: string;
        replyTo?: string;
      };
    };
    ImportedLike: {
      like: [string, string];
    };
    ImportedRepost: {
      repost: [string, string, string];
    };
    DeadLetterList: {
      items: components["schemas"]["DeadLetter"][];
      next: string | null;
    };
    DeadLetter: {
      id: string;
      /** Format: date-time */
      at: string;
      reason: string;
      job?: unknown;
    };
    CheckedCounts: {
      checked: number;
      corrected: components["schemas"]["Correction"][];
      next: string | null;
    };
    Correction: {
      post: string;
      /** @enum {string} */
      what: "tally" | "replies" | "counter";
      was: components["schemas"]["Counts"];
      is: components["schemas"]["Counts"];
    };
    RetriedDeadLetters: {
      retried: number;
      next: string | null;
    };
    AccountState: {
      id: string;
      handle: string;
      /** @enum {string} */
      state: "active" | "suspended" | "leaving" | "gone";
    };
    WantedState: {
      /** @enum {string} */
      state: "active" | "suspended" | "leaving";
    };
    ExportLine:
      | components["schemas"]["ExportedAccount"]
      | components["schemas"]["ExportedPost"]
      | components["schemas"]["ExportedReaction"]
      | components["schemas"]["ExportedRelation"]
      | components["schemas"]["ExportedImpressions"]
      | components["schemas"]["ExportedSession"]
      | components["schemas"]["ExportedIdentity"]
      | components["schemas"]["ExportEnd"];
    ExportedAccount: {
      account: {
        id: string;
        handle: string;
        name: string;
        bio: string;
        avatarUrl: string | null;
        /** Format: date-time */
        createdAt: string;
        /** @enum {string} */
        state: "active" | "suspended" | "leaving" | "gone";
        counts: {
          followers: number;
          following: number;
          posts: number;
        };
      };
    };
    ExportedPost: {
      post: {
        id: string;
        /** Format: date-time */
        createdAt: string;
        text: string;
        replyTo: string | null;
        counts: components["schemas"]["Counts"];
      };
    };
    ExportedReaction: {
      reaction: {
        /** @enum {string} */
        kind: "like" | "repost";
        postId: string;
        /** Format: date-time */
        at: string;
      };
    };
    ExportedRelation: {
      relation: {
        /** @enum {string} */
        kind: "following" | "follower" | "mute" | "block";
        userId: string;
      };
    };
    ExportedImpressions: {
      seen: {
        /** Format: date-time */
        at: string;
        items: {
          postId: string;
          dwellMs?: number;
          opened?: boolean;
        }[];
      };
    };
    ExportedSession: {
      session: {
        device: string;
        /** Format: date-time */
        lastUsedAt: string;
      };
    };
    ExportedIdentity: {
      identity: {
        issuer: string;
        sub: string;
      };
    };
    ExportEnd: {
      /** @enum {boolean} */
      end: true;
      next: string | null;
    };
    ModelStatus: {
      name: string;
      /** @enum {string} */
      from: "kv" | "default";
      refused: string | null;
    };
    ModelName: {
      name: string;
    };
    ModelDocument: {
      [key: string]: unknown;
    };
    RankLogPage: {
      items: string[];
      next: string | null;
    };
    StorePlaces: {
      places: {
        name: string;
        buckets: number;
      }[];
    };
    MoveStep: {
      from: string | null;
      left: number | null;
      stopped: string | null;
      moving: {
        /** @enum {string} */
        phase: "leave" | "copy" | "check" | "extra" | "switch" | "clean";
        /** @enum {string} */
        table:
          | "users"
          | "sessions"
          | "subjects"
          | "identities"
          | "posts"
          | "replies"
          | "following"
          | "followers"
          | "reactions"
          | "reactors"
          | "tallies"
          | "relations"
          | "outbox"
          | "idempotency"
          | "imported"
          | "deadLetters";
        buckets: number;
        share: number;
        copied: number;
        compared: number;
        deleted: number;
      } | null;
    };
    BucketsToMove: {
      run: string;
      begin: boolean;
      from: string | null;
      to: string[];
      buckets: [number, number];
    };
    SignedIn: {
      user: components["schemas"]["User"];
      /** @description Goes into the header of calls. */
      token: string;
      /**
       * Format: date-time
       * @description The end of the token.
       */
      expiresAt: string;
      /** @description Renews the tokens, once. */
      refreshToken: string;
    };
    NewAccount: {
      /** @description 3 to 30 of a-z, 0-9 and _. Capitals become small letters. */
      handle: string;
      password: string;
      /** @description 1 to 50 Unicode code points on one line. */
      name?: string;
      /** @description The answer of Turnstile's widget, where sign-ups need one. It is good once. */
      challenge?: string;
    };
    Credentials: {
      handle: string;
      password: string;
    };
    ProfileChange: {
      /** @description 1 to 50 Unicode code points on one line. */
      name?: string;
      /** @description At most 160 Unicode code points after trimming. */
      bio?: string;
      /** @description An https address on a host of `IMAGE_HOSTS`; null for no picture. */
      avatarUrl?: string | null;
    };
    Refreshed: {
      token: string;
      /**
       * Format: date-time
       * @description The end of the token.
       */
      expiresAt: string;
      /** @description The next one; the old one is used up. */
      refreshToken: string;
    };
    RefreshRequest: {
      refreshToken: string;
    };
    OpenSessionList: {
      items: components["schemas"]["OpenSession"][];
      next: null;
    };
    OpenSession: {
      id: string;
      /** Format: date-time */
      createdAt: string;
      /** Format: date-time */
      lastUsedAt: string;
      /** @description What the client called itself when it signed in. */
      device: string;
      /** @description Whether it is the session of this request. */
      current: boolean;
    };
    PasswordChange: {
      current: string;
      new: string;
    };
    Ticket: {
      ticket: string;
      /** Format: date-time */
      expiresAt: string;
    };
    LinkedIdentity: {
      issuer: string;
      sub: string;
    };
    IdentityLink: {
      /** @description A token of that issuer. */
      token: string;
    };
    Deletion: {
      /** @description The account's. One without a password, whose people sign in elsewhere, is deleted with a token of the last five minutes. */
      password?: string;
    };
    Following: {
      following: boolean;
    };
    UserList: {
      items: components["schemas"]["User"][];
      /** @description Send it as ?cursor= to get the next page; null on the last page. */
      next: string | null;
    };
    Muted: {
      muted: boolean;
    };
    Blocked: {
      blocked: boolean;
    };
    NewPost: {
      /** @description 1 to 280 Unicode code points after trimming. Control characters other than line feed and tab are refused, and so are characters that override the direction of text (U+202A to U+202E, U+2066 to U+2069). */
      text: string;
      /** @description The id of the post that this one answers. */
      replyTo?: string;
    };
    TimelineItemList: {
      items: components["schemas"]["TimelineItem"][];
      /** @description Send it as ?cursor= to get the next page; null on the last page. */
      next: string | null;
    };
    PostList: {
      items: components["schemas"]["Post"][];
      /** @description Send it as ?cursor= to get the next page; null on the last page. */
      next: string | null;
    };
    Liked: {
      liked: boolean;
      counts: components["schemas"]["Counts"];
    };
    Reposted: {
      reposted: boolean;
      counts: components["schemas"]["Counts"];
    };
    Timeline: {
      items: components["schemas"]["TimelineItem"][];
      /** @description Send it as ?cursor= to get the next page; null on the last page. */
      next: string | null;
      /**
       * @description The order that was served.
       * @enum {string}
       */
      order: "ranked" | "latest";
      /** @description A source did not answer within its time budget, so items may be missing. */
      partial: boolean;
      /** @description The newest change of the timeline at the time of the read. A socket that is opened with it as `since` misses nothing in between. */
      seq: number;
    };
    NewImpressions: {
      items: {
        postId: string;
        /** @description How long the post was on screen, in milliseconds. */
        dwellMs?: number;
        /** @description Whether the viewer opened it. */
        opened?: boolean;
      }[];
    };
    Ranking: {
      /** @description How new a post is: 0 does not count, 1 is usual, 2 counts most. */
      fresh: number;
      /** @description How much the viewer has to do with its author: 0 does not count, 1 is usual, 2 counts most. */
      close: number;
      /** @description How many others react to it: 0 does not count, 1 is usual, 2 counts most. */
      popular: number;
      /** @description At most 100, the newest last. */
      tastes: {
        postId: string;
        authorId: string;
        /** @enum {string} */
        taste: "more" | "less";
      }[];
    };
    NewRanking: {
      /** @description How new a post is: 0 does not count, 1 is usual, 2 counts most. */
      fresh: number;
      /** @description How much the viewer has to do with its author: 0 does not count, 1 is usual, 2 counts most. */
      close: number;
      /** @description How many others react to it: 0 does not count, 1 is usual, 2 counts most. */
      popular: number;
    };
    Tasted: {
      /** @enum {string|null} */
      taste: "more" | "less" | null;
    };
    NewTaste: {
      /** @enum {string|null} */
      taste: "more" | "less" | null;
    };
  };
  responses: never;
  parameters: never;
  requestBodies: never;
  headers: never;
  pathItems: never;
}
export type WebhookBody = components["schemas"]["WebhookBody"];
export type Event = components["schemas"]["Event"];
export type PostEvent = components["schemas"]["PostEvent"];
export type DeleteEvent = components["schemas"]["DeleteEvent"];
export type EdgeEvent = components["schemas"]["EdgeEvent"];
export type ReactionEvent = components["schemas"]["ReactionEvent"];
export type PromotionEvent = components["schemas"]["PromotionEvent"];
export type ImpressionsEvent = components["schemas"]["ImpressionsEvent"];
export type Frame = components["schemas"]["Frame"];
export type HelloFrame = components["schemas"]["HelloFrame"];
export type PostFrame = components["schemas"]["PostFrame"];
export type TimelineItem = components["schemas"]["TimelineItem"];
export type Post = components["schemas"]["Post"];
export type Author = components["schemas"]["Author"];
export type Counts = components["schemas"]["Counts"];
export type Reactions = components["schemas"]["Reactions"];
export type Reason = components["schemas"]["Reason"];
export type Why = components["schemas"]["Why"];
export type DeleteFrame = components["schemas"]["DeleteFrame"];
export type ProfileFrame = components["schemas"]["ProfileFrame"];
export type CountsFrame = components["schemas"]["CountsFrame"];
export type ResyncFrame = components["schemas"]["ResyncFrame"];
export type Health = components["schemas"]["Health"];
export type Problem = components["schemas"]["Problem"];
export type Figures = components["schemas"]["Figures"];
export type MadeAdminKey = components["schemas"]["MadeAdminKey"];
export type AdminKey = components["schemas"]["AdminKey"];
export type NewAdminKey = components["schemas"]["NewAdminKey"];
export type AdminKeyList = components["schemas"]["AdminKeyList"];
export type AdminUseList = components["schemas"]["AdminUseList"];
export type AdminUse = components["schemas"]["AdminUse"];
export type Session = components["schemas"]["Session"];
export type User = components["schemas"]["User"];
export type UserCounts = components["schemas"]["UserCounts"];
export type Relations = components["schemas"]["Relations"];
export type AccountName = components["schemas"]["AccountName"];
export type ImportAnswer = components["schemas"]["ImportAnswer"];
export type ImportProgress = components["schemas"]["ImportProgress"];
export type ImportedId = components["schemas"]["ImportedId"];
export type ImportError = components["schemas"]["ImportError"];
export type ImportReport = components["schemas"]["ImportReport"];
export type ImportLine = components["schemas"]["ImportLine"];
export type ImportedUser = components["schemas"]["ImportedUser"];
export type ImportedFollow = components["schemas"]["ImportedFollow"];
export type ImportedPost = components["schemas"]["ImportedPost"];
export type ImportedLike = components["schemas"]["ImportedLike"];
export type ImportedRepost = components["schemas"]["ImportedRepost"];
export type DeadLetterList = components["schemas"]["DeadLetterList"];
export type DeadLetter = components["schemas"]["DeadLetter"];
export type CheckedCounts = components["schemas"]["CheckedCounts"];
export type Correction = components["schemas"]["Correction"];
export type RetriedDeadLetters = components["schemas"]["RetriedDeadLetters"];
export type AccountState = components["schemas"]["AccountState"];
export type WantedState = components["schemas"]["WantedState"];
export type ExportLine = components["schemas"]["ExportLine"];
export type ExportedAccount = components["schemas"]["ExportedAccount"];
export type ExportedPost = components["schemas"]["ExportedPost"];
export type ExportedReaction = components["schemas"]["ExportedReaction"];
export type ExportedRelation = components["schemas"]["ExportedRelation"];
export type ExportedImpressions = components["schemas"]["ExportedImpressions"];
export type ExportedSession = components["schemas"]["ExportedSession"];
export type ExportedIdentity = components["schemas"]["ExportedIdentity"];
export type ExportEnd = components["schemas"]["ExportEnd"];
export type ModelStatus = components["schemas"]["ModelStatus"];
export type ModelName = components["schemas"]["ModelName"];
export type ModelDocument = components["schemas"]["ModelDocument"];
export type RankLogPage = components["schemas"]["RankLogPage"];
export type StorePlaces = components["schemas"]["StorePlaces"];
export type MoveStep = components["schemas"]["MoveStep"];
export type BucketsToMove = components["schemas"]["BucketsToMove"];
export type SignedIn = components["schemas"]["SignedIn"];
export type NewAccount = components["schemas"]["NewAccount"];
export type Credentials = components["schemas"]["Credentials"];
export type ProfileChange = components["schemas"]["ProfileChange"];
export type Refreshed = components["schemas"]["Refreshed"];
export type RefreshRequest = components["schemas"]["RefreshRequest"];
export type OpenSessionList = components["schemas"]["OpenSessionList"];
export type OpenSession = components["schemas"]["OpenSession"];
export type PasswordChange = components["schemas"]["PasswordChange"];
export type Ticket = components["schemas"]["Ticket"];
export type LinkedIdentity = components["schemas"]["LinkedIdentity"];
export type IdentityLink = components["schemas"]["IdentityLink"];
export type Deletion = components["schemas"]["Deletion"];
export type Following = components["schemas"]["Following"];
export type UserList = components["schemas"]["UserList"];
export type Muted = components["schemas"]["Muted"];
export type Blocked = components["schemas"]["Blocked"];
export type NewPost = components["schemas"]["NewPost"];
export type TimelineItemList = components["schemas"]["TimelineItemList"];
export type PostList = components["schemas"]["PostList"];
export type Liked = components["schemas"]["Liked"];
export type Reposted = components["schemas"]["Reposted"];
export type Timeline = components["schemas"]["Timeline"];
export type NewImpressions = components["schemas"]["NewImpressions"];
export type Ranking = components["schemas"]["Ranking"];
export type NewRanking = components["schemas"]["NewRanking"];
export type Tasted = components["schemas"]["Tasted"];
export type NewTaste = components["schemas"]["NewTaste"];
export type $defs = Record<string, never>;
export interface operations {
  receiveEvents: {
    parameters: {
      query?: never;
      header: {
        /** @description The same for every attempt with the same events. */
        "webhook-id": string;
        /** @description The time of this attempt, in seconds since 1970. */
        "webhook-timestamp": string;
        /** @description A signature for each secret, `v1,` and base64, separated by spaces. */
        "webhook-signature": string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        "application/json": components["schemas"]["WebhookBody"];
      };
    };
    responses: {
      /** @description Taken, as with every other status of 2xx */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description These events are refused, as with 413 and 422: others are sent */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
}
