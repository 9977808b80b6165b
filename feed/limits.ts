/**
 * Every number that bounds Skein, unit last, each with its reason. Relations between them are
 * asserted at the end, so that a changed number that breaks another fails at start and in tests.
 */

/** Buckets of accounts. Two base32 characters of an id; shards divide them by arithmetic. */
export const BUCKETS = 1024;

// --- What a client may send -------------------------------------------------------------------

/** Code points of a post after trimming; the contract's figure. */
export const POST_TEXT_MAX_CHARS = 280;
/** Shortest and longest handle; the contract's figures. */
export const HANDLE_MIN_CHARS = 3;
export const HANDLE_MAX_CHARS = 30;
/** Longest display name: two lines on a phone. */
export const NAME_MAX_CHARS = 50;
/** Shortest and longest password; the contract's figures. */
export const PASSWORD_MIN_CHARS = 8;
export const PASSWORD_MAX_CHARS = 128;
/** Longest idempotency key; the contract's figure. */
export const IDEMPOTENCY_KEY_MAX_CHARS = 128;
/** How long an idempotency key is honoured; the contract's figure. */
export const IDEMPOTENCY_TTL_MS = 24 * 60 * 60 * 1000;
/** A request body other than an import. No request of the contract needs a tenth of it. */
export const BODY_MAX_BYTES = 64 * 1024;
/** One line of an import: a user or a follow is under 200 bytes. */
export const IMPORT_LINE_MAX_BYTES = 4 * 1024;
/** A cursor. That of a ranked scroll carries its order, and what has been shown, as ids. */
export const CURSOR_MAX_CHARS = 4_000;
/** Originals that a scroll has shown as reposts, and remembers in its cursor. */
export const SCROLL_REPOSTS_MAX = 100;
/** Items of a page: the contract's figures. */
export const PAGE_DEFAULT_ITEMS = 20;
export const PAGE_MAX_ITEMS = 100;
/**
 * Accounts that one account may follow. Above this a rebuild or an archive page would ask a shard
 * for more authors than one bound parameter (2 MB) comfortably carries.
 */
export const FOLLOWING_MAX = 20_000;

// --- The hot timeline -------------------------------------------------------------------------

/** Entries of the hot window unless `TIMELINE_MAX` says otherwise; the product's figure. */
export const TIMELINE_MAX_DEFAULT = 800;
/**
 * The hot window is kept in this many chunks, one row each: a delivery rewrites one row, and each
 * chunk costs one more row when it is dropped. 16 chunks of 50 make 1.02 rows per delivery.
 */
export const WINDOW_CHUNKS = 16;
/** How long a tombstone is kept: longer than a queue keeps a message (4 days by default). */
export const TOMBSTONE_TTL_MS = 5 * 24 * 60 * 60 * 1000;
/** A timeline nobody has read for this long is dropped, and rebuilt when its owner returns. */
export const DORMANT_AFTER_MS = 7 * 24 * 60 * 60 * 1000;
/** The last read is noted at most this often, so that reading costs no written row. */
export const READ_NOTED_EVERY_MS = 12 * 60 * 60 * 1000;
/** Deliveries held in memory while a timeline is rebuilt; past it the rebuild starts over. */
export const REBUILD_BUFFER_MAX_CHANGES = 5_000;
/** How often a reading request tries to rebuild a timeline whose follows keep changing. */
export const REBUILD_ATTEMPTS = 5;
/** Rounds in which a page refills itself from the store after filters emptied it. */
export const PAGE_REFILL_ROUNDS = 4;

// --- The store --------------------------------------------------------------------------------

/** Fewest entries asked of each author when many authors are merged. */
export const AUTHOR_PAGE_MIN_ENTRIES = 4;
/** Authors in one statement: keeps the answer of a statement well under D1's size limits. */
export const AUTHORS_PER_QUERY = 500;
/** How far the clock of another location may be ahead: its ids are not left out of a read. */
export const CLOCK_SKEW_MS = 60_000;
/** Lines of an import that are written together: one batch per shard and side. */
export const IMPORT_CHUNK_LINES = 1_000;

/** What Upstash takes in one request on every plan is 1 MB; headers and quoting need some of it. */
export const REDIS_REQUEST_MAX_BYTES = 800_000;
/** Rows that one script writes, jobs of 120 KB among them: one script is in one request. */
export const REDIS_SCRIPT_MAX_ROWS = 50;
export const REDIS_SCRIPT_MAX_BYTES = 500_000;
/** What one script reads of rows that may be large: an answer is base64, and 10 MB at most. */
export const REDIS_ANSWER_MAX_BYTES = 4_000_000;
/** Rows that one statement of D1 brings as a parameter, which holds 2 MB. */
export const SQL_STATEMENT_MAX_ROWS = 5_000;
export const SQL_STATEMENT_MAX_BYTES = 1_000_000;
/** Scripts in one request: each gets an answer, and all of them together take up to 10 MB. */
export const REDIS_REQUEST_MAX_COMMANDS = 500;
/** A script takes a few ms, on the other side of the world a few hundred. */
export const REDIS_TIMEOUT_MS = 4_000;
/** How often a request is sent whose connection failed, and the first pause; it doubles. */
export const REDIS_CONNECT_ATTEMPTS = 3;
export const REDIS_RETRY_BASE_MS = 50;

// --- Fan-out ----------------------------------------------------------------------------------

/** Followers per part: one queue message fans out to about this many. */
export const FOLLOWERS_PER_PART = 1_000;
/** Followers read at once by a consumer. */
export const FOLLOWER_PAGE = 1_000;
/** Deliveries under way at once in one consumer. Object calls are not on the six-connection list. */
export const FANOUT_CONCURRENCY = 64;
/** A recipient that has not answered by then counts as failed; a delivery takes a few ms. */
export const FANOUT_RPC_TIMEOUT_MS = 5_000;
/** Attempts of a job (the first one included) before it becomes a dead letter. */
export const JOB_ATTEMPTS_MAX = 6;
/** First delay of a retried job; it doubles with each attempt. */
export const JOB_RETRY_BASE_S = 2;
/** Longest delay of a retried job. */
export const JOB_RETRY_MAX_S = 300;
/** An outbox row older than this has lost its message: a healthy part is done in under a second. */
export const OUTBOX_DUE_MS = 5_000;
/** An outbox row that was sent again rests this long before it is sent once more. */
export const OUTBOX_RESEND_MS = 60_000;
/** Outbox rows one sweep sends per shard: the local queue breaks at about 10,000 waiting. */
export const SWEEP_MAX_ROWS = 400;
/** Messages of one `sendBatch`, and their bytes: the platform's limits, with room to spare. */
export const QUEUE_BATCH_MAX_MESSAGES = 100;
export const QUEUE_BATCH_MAX_BYTES = 200_000;
/** Dead letters returned or driven again at once. */
export const DEAD_LETTERS_PAGE = 100;

// --- Export of events ---------------------------------------------------------------------------

/** What a batch may take, the client's own tries (16 s) included; a consumer has 15 minutes. */
export const KAFKA_TIMEOUT_MS = 60_000;
/** Events refused one by one in a batch, each after the client's own tries (16 s): then it rests. */
export const EVENTS_REFUSED_MAX = 10;
/** Longest delay of an event that is tried again: this long after its return an endpoint has all. */
export const EVENT_RETRY_MAX_S = 3_600;
/** After this an event becomes a dead letter: well before a queue forgets it (4 days by default). */
export const EVENT_KEPT_MS = 3 * 24 * 60 * 60 * 1000;
/** The same by number: a queue forgets a message after 100 deliveries. */
export const EVENT_ATTEMPTS_MAX = 95;

// --- Live -------------------------------------------------------------------------------------

/** A client frame beyond this closes the socket with 1009; the contract's figure. */
export const CLIENT_FRAME_MAX_BYTES = 1024;
/** Sockets of one account: a handful of tabs and devices. */
export const SOCKETS_PER_USER = 1_000;
/** Missed changes that are replayed to a returning socket; past it `resync` is cheaper. */
export const REPLAY_MAX_CHANGES = 800;

// --- Counts and audiences ---------------------------------------------------------------------

/** A post's counts change on screens at most this often; the contract's figure. */
export const COUNTS_PUSH_EVERY_MS = 1_000;
/** KV takes one write a second per key; a page may be this much behind without being wrong. */
export const COUNTS_KV_EVERY_MS = 3_000;
/** The store hears of counts less often still: it is read only where KV knows nothing. */
export const COUNTS_STORE_EVERY_MS = 30_000;
/** How long a served page counts as on screen unless it is served again. */
export const ON_SCREEN_MS = 10 * 60 * 1000;
/** Members one node of an audience calls itself; more are spread over its children. */
export const AUDIENCE_NODE_MEMBERS = 900;
/** Children of a node of an audience. With its members, it calls about a thousand others. */
export const AUDIENCE_CHILDREN = 32;
/** Deepest level of an audience: 900 × 32³ is 29 million on one post. */
export const AUDIENCE_DEPTH = 3;
/** Calls under way at once from one node. */
export const AUDIENCE_CONCURRENCY = 100;
/** How often a reaction is tried that other calls of the same account keep changing. */
export const REACTION_ATTEMPTS = 4;
/** What a member of an audience may take to be told, and a page to have its posts watched. */
export const AUDIENCE_CALL_TIMEOUT_MS = 2_000;
/** Items of one report of impressions; the contract's figure. */
export const IMPRESSIONS_MAX_ITEMS = 100;
/** Seen posts and authors that a timeline remembers: about a page view a minute for a day. */
export const HISTORY_MAX_POSTS = 2_000;
export const HISTORY_MAX_AUTHORS = 500;
/** Reports of impressions that are remembered, to know one that arrives twice. */
export const HISTORY_MAX_REPORTS = 200;
/** Attention counts half as much after this. */
export const ENGAGEMENT_HALF_LIFE_MS = 14 * 24 * 60 * 60 * 1000;
/** Longest time one impression may claim: a day on one post is a forgotten tab. */
export const DWELL_MAX_MS = 24 * 60 * 60 * 1000;
/** Posts checked at once when counts are compared with the store. */
export const RECOUNT_PAGE = 100;
/** Reposts of a deleted post that are erased at once. */
export const ERASE_PAGE = 100;

// --- Celebrities ------------------------------------------------------------------------------

/**
 * An author is demoted below this part of `CELEBRITY_THRESHOLD`. Between the two lie thousands of
 * followers: an author's daily coming and going does not cross both.
 */
export const CELEBRITY_DEMOTE_PERCENT = 80;
/** Entries an outbox keeps: a reader goes back this far through a celebrity without the store. */
export const AUTHOR_FEED_MAX_ENTRIES = 400;
/**
 * Versions of an outbox that a millisecond of its clock leaves room for: far more than it can change,
 * so that one which lost its storage, and begins at the clock, is above all it was before.
 */
export const AUTHOR_FEED_CHANGES_PER_MS = 1_024;
/** Fewest entries of an outbox's newest page: of one author, a screenful or more. */
export const AUTHOR_FEED_HEAD_ENTRIES = 20;
/** KV takes one write a second per key; changes in between are written together. */
export const AUTHOR_FEED_PUBLISH_EVERY_MS = 1_000;
/** Longest pause before a flush that failed is tried again; it doubles from the interval above. */
export const AUTHOR_FEED_RETRY_MAX_MS = 30_000;
/** Pages of outboxes are kept by KV's edge cache for its shortest time. */
export const AUTHOR_FEED_CACHE_TTL_S = 30;
/** What a value read from KV may lack: changes of this long, its edge cache and its travel. */
export const KV_STALE_MAX_MS = 90_000;
/** Keys that KV reads in one operation; the platform's figure. */
export const KV_BULK_MAX_KEYS = 100;
/** What a freshness log remembers, in memory. */
export const FRESHNESS_KEPT_MS = 120_000;
/** Authors an isolate knows news of; with more it begins anew from what the log vouches for. */
export const FRESHNESS_VIEW_MAX_AUTHORS = 50_000;
/** An isolate asks its region's freshness log at most this often. */
export const FRESHNESS_EVERY_MS = 1_000;
/** News older than this vouch for nothing: outboxes are asked instead. */
export const FRESHNESS_TRUSTED_MS = 3_000;
/** Outboxes that one page asks directly; beyond it the page is partial. */
export const AUTHOR_FEED_CALLS_MAX = 100;
/** Of those, how many at once. */
export const AUTHOR_FEED_CALLS_CONCURRENCY = 50;
/** Newest pages of outboxes that an isolate keeps: some 12 KB each, of its 128 MB. */
export const ISOLATE_HEADS_MAX = 1_000;
/** Older pages that an isolate keeps: few scroll that far. */
export const ISOLATE_PAGES_MAX = 500;
/** Unless `PULL_BUDGET_MS` says otherwise: what a page waits for pulled authors in all. */
export const PULL_BUDGET_DEFAULT_MS = 300;
/**
 * Followers of a celebrity per leaf of its live tree, if all were online. Hashing fills some leaves
 * a fifth more, and none may call more than about a thousand.
 */
export const LIVE_LEAF_FOLLOWERS = 800;
/** Children of an inner node of a live tree. */
export const LIVE_NODE_CHILDREN = 1_024;
/** A leaf that has this many members was sized for a smaller author: more go to a larger tree. */
export const LIVE_LEAF_MAX_MEMBERS = 1_000;
/** Tries to tell one listener, with a pause that doubles, and what each may take. */
export const LIVE_CALL_ATTEMPTS = 3;
export const LIVE_RETRY_BASE_MS = 100;
export const LIVE_CALL_TIMEOUT_MS = 2_000;
/** What a node remembers for whoever joins between reading a page and the next post. */
export const LIVE_RECENT_MS = 120_000;
/** How often an open timeline makes sure that it is registered where it should be. */
export const LIVE_REJOIN_EVERY_MS = 30 * 60 * 1000;
/** When a registration that failed is tried again. */
export const LIVE_REJOIN_RETRY_MS = 2_000;

// --- Ranking ----------------------------------------------------------------------------------

/** Time spent on one post that counts at most: longer is a tab somebody walked away from. */
export const DWELL_COUNTED_MAX_MS = 60_000;
/** A post looked at for this long was read: 280 characters take a quick reader about five seconds. */
export const DWELLED_MIN_MS = 5_000;
/** Entries that the model is asked about: their counts are one bulk read of KV. */
export const RANK_CANDIDATES_MAX = 100;
/** Pulled entries that a timeline is asked about, before the best are chosen from them. */
export const RANK_PULLED_MAX = 200;
/** Of those, how many of one author, unless there is room for more. */
export const RANK_PULLED_EACH = 10;
/** People answered by pulled authors of whom a timeline is asked whether its owner follows them. */
export const RANK_ANSWERED_MAX = 1_000;
/** The light stage halves a post's worth in this time: a day-old favourite beats a fresh stranger. */
export const FIRST_STAGE_HALF_LIFE_MS = 12 * 60 * 60 * 1000;
/** The viewer's own newest post stands on top for this long: proof that it was published. */
export const OWN_FRESH_MS = 15 * 60 * 1000;
/** Replies of one thread that may stand in a row. */
export const THREAD_MAX_IN_A_ROW = 2;
/** Largest model document. One with 41 features and 32 hidden units has about 20 KB. */
export const MODEL_MAX_BYTES = 512 * 1024;
/** Most hidden units of a model: with 128, a thousand candidates take about 5 ms. */
export const MODEL_MAX_HIDDEN_UNITS = 128;
/** How long an isolate ranks with a model before it looks for another, and KV's edge cache of it. */
export const MODEL_FRESH_MS = 10_000;
export const MODEL_CACHE_TTL_S = 30;
/** What a page waits for that look: it can be ranked with the model before. */
export const MODEL_READ_BUDGET_MS = 200;
/** One line of the training log: the largest page has about 80 KB, a queue message 128 KB. */
export const RANK_LOG_LINE_MAX_BYTES = 120_000;
/** Unless `RANK_LOG_PERCENT` says otherwise: of a hundred viewers, whose pages of an hour are kept. */
export const RANK_LOG_PERCENT_DEFAULT = 10;
/** What is served and seen is kept for training for so long: several half-lives of attention. */
export const TRAINING_KEPT_MS = 30 * 24 * 60 * 60 * 1000;
/** Rows that one sweep forgets per shard and table, once they are old. */
export const TRAINING_FORGET_ROWS = 5_000;
/** What a viewer does within this time after a page was served can have come of it. */
export const PAGE_EFFECT_MS = 60 * 60 * 1000;
/** Pages of the log that are joined at once, and further ones that are looked at for it. */
export const TRAINING_PAGE = 20;
export const TRAINING_AHEAD = 10;
/** Posts of a viewer that are looked through for replies to a page. */
export const TRAINING_REPLIES_MAX = 200;
/** Furthest position in a scroll that the training log tells apart. */
export const RANK_LOG_MAX_POSITION = 1_000_000;

// --- Edge -------------------------------------------------------------------------------------

/** An object call that failed as retryable is tried this often, with a new stub each time. */
export const OBJECT_CALL_ATTEMPTS = 3;
/** First pause between those attempts; it doubles. */
export const OBJECT_RETRY_BASE_MS = 50;
/** What a client is told to wait when a part of Skein is unavailable. */
export const RETRY_AFTER_S = 2;
/** The same while all of it is closed: minutes, not seconds. */
export const CLOSED_RETRY_AFTER_S = 60;
/** The period of the rate limits in wrangler.toml: what a client that met one is told to wait. */
export const RATE_LIMIT_PERIOD_S = 60;
/** Counts are small and read on every page; KV's shortest edge cache. */
export const COUNTS_CACHE_TTL_S = 30;
/** How long published counts are kept; an older post shows the counts its entry carries. */
export const COUNTS_KEPT_S = 30 * 24 * 60 * 60;
/** Counts are ranked by for so long without being read again; what a page shows is. */
export const COUNTS_RANKED_MS = 30_000;
/** A reaction counts half as much for a post's pace after this. */
export const VELOCITY_HALF_LIFE_MS = 60 * 60 * 1000;
/** Counts that an isolate keeps to rank by: some 200 bytes each. */
export const ISOLATE_COUNTS_MAX = 20_000;
/** What a page waits for counts: they decorate it, and a stale one is better than a late page. */
export const COUNTS_READ_BUDGET_MS = 200;

// --- Operations -------------------------------------------------------------------------------

/** An isolate hands over its figures at most this often, however many requests it has. */
export const FIGURES_EVERY_MS = 1_000;
/** With many isolates each waits longer, up to this: an invocation may go on for 30 s after it. */
export const FIGURES_EVERY_MAX_MS = 20_000;
/** Handings-over that a region's ledger takes in a second: a tenth of what an object can. */
export const AGGREGATOR_CALLS_PER_S = 100;
/** What an isolate waits for its ledger; what was not taken is handed over the next time. */
export const AGGREGATOR_TIMEOUT_MS = 2_000;
/** Figures go to Analytics Engine once a minute: some forty data points each time. */
export const AGGREGATOR_PUBLISH_EVERY_MS = 60_000;
/** Series of each kind, at most; there are about thirty. */
export const FIGURE_SERIES_MAX = 100;
/** Data points that one invocation may write; the platform's figure, as it was at its lowest. */
export const DATA_POINTS_MAX = 25;
/** Longest time that a histogram tells apart: a delivery that took an hour is simply late. */
export const HISTOGRAM_MAX_MS = 60 * 60 * 1000;
/** The store and the queues are asked for what waits at most this often by an isolate. */
export const BACKLOG_EVERY_MS = 4_000;
/** What does not say by then how much waits in it is left out. */
export const BACKLOG_TIMEOUT_MS = 2_000;
/** How often the operations page asks for figures. */
export const OPERATIONS_EVERY_MS = 2_000;

function assertRelation(holds: boolean, what: string): void {
  if (!holds) throw new Error(`limits.ts: ${what}`);
}

assertRelation(
  1 + 1 / (TIMELINE_MAX_DEFAULT / WINDOW_CHUNKS) <= 1.05,
  "a delivery may write at most 1.05 rows",
);
assertRelation(
  FOLLOWERS_PER_PART <= FOLLOWER_PAGE,
  "a part's followers are usually read in one page",
);
assertRelation(
  (FOLLOWERS_PER_PART * 20) / 1024 < 128,
  "a job that names all recipients of a part fits a queue message (128 KB)",
);
assertRelation(
  FANOUT_RPC_TIMEOUT_MS <= OUTBOX_DUE_MS,
  "a delivery that hangs is given up before its part is swept",
);
assertRelation(
  EVENT_ATTEMPTS_MAX * EVENT_RETRY_MAX_S * 1000 > EVENT_KEPT_MS,
  "an event is tried for as long as it is kept",
);
assertRelation(
  RANK_CANDIDATES_MAX <= KV_BULK_MAX_KEYS && RANK_CANDIDATES_MAX >= PAGE_MAX_ITEMS,
  "a ranked page reads its counts at once, and its order fills a page",
);
assertRelation(
  (RANK_CANDIDATES_MAX + SCROLL_REPOSTS_MAX + 3) * 16 <= CURSOR_MAX_CHARS,
  "a cursor holds the order of a ranked scroll",
);
assertRelation(
  KV_STALE_MAX_MS + FRESHNESS_TRUSTED_MS < FRESHNESS_KEPT_MS,
  "what KV may lack is still in the freshness log",
);
assertRelation(
  AUTHOR_FEED_CACHE_TTL_S * 1000 < KV_STALE_MAX_MS,
  "KV's edge cache is part of its staleness",
);
assertRelation(
  AUTHOR_FEED_PUBLISH_EVERY_MS + FRESHNESS_TRUSTED_MS < 5_000,
  "a celebrity's post is in a plain read within five seconds",
);
assertRelation(
  AUTHOR_FEED_MAX_ENTRIES / WINDOW_CHUNKS >= AUTHOR_FEED_HEAD_ENTRIES,
  "an outbox's newest page is one chunk, or two",
);
