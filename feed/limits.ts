/**
 * Every limit of Skein, with its unit last and its reason. The assertions at the end check the relations
 * between limits, so that a change that breaks one fails at start and in tests.
 */

/** Buckets of accounts: two base32 characters of an id. Each shard holds the buckets of one remainder. */
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
/** How long an idempotency key is valid; the contract's figure. */
export const IDEMPOTENCY_TTL_MS = 24 * 60 * 60 * 1000;
/** The longest request body except for imports. No request of the contract needs a tenth of it. */
export const BODY_MAX_BYTES = 64 * 1024;
/** The longest cursor. That of a ranked scroll carries its order and the shown posts, as ids. */
export const CURSOR_MAX_CHARS = 4_000;
/** Originals, shown as reposts, that a cursor remembers. */
export const SCROLL_REPOSTS_MAX = 100;
/** Items of a page, by default and at most; the contract's figures. */
export const PAGE_DEFAULT_ITEMS = 20;
export const PAGE_MAX_ITEMS = 100;
/**
 * Accounts that one account may follow. With more, a rebuild or an archive page would need more authors
 * in one query than a bound parameter (2 MB) comfortably holds.
 */
export const FOLLOWING_MAX = 20_000;
/** Accounts that one account may mute, and that it may block; the contract's figure. */
export const MUTES_MAX = 10_000;
export const BLOCKS_MAX = 10_000;

// --- The hot timeline -------------------------------------------------------------------------

/** Entries of the hot window unless `TIMELINE_MAX` says otherwise; the product's figure. */
export const TIMELINE_MAX_DEFAULT = 800;
/**
 * Chunks of a hot window, one row each. A delivery rewrites one row, and dropping a chunk costs one more
 * row: with 16 chunks of 50 entries, 1.02 rows per delivery.
 */
export const WINDOW_CHUNKS = 16;
/** How long a tombstone lives: longer than a queue keeps a message (4 days by default). */
export const TOMBSTONE_TTL_MS = 5 * 24 * 60 * 60 * 1000;
/** A timeline without a read for this long is dropped; its owner's next read rebuilds it. */
export const DORMANT_AFTER_MS = 7 * 24 * 60 * 60 * 1000;
/** The time of the last read is stored at most this often, so that most reads write no row. */
export const READ_NOTED_EVERY_MS = 12 * 60 * 60 * 1000;
/** Deliveries held in memory during a rebuild; with more, the rebuild starts over. */
export const REBUILD_BUFFER_MAX_CHANGES = 5_000;
/** Attempts of one request to rebuild a timeline whose follows keep changing. */
export const REBUILD_ATTEMPTS = 5;
/** Rounds in which a page is refilled after filters have removed entries. */
export const PAGE_REFILL_ROUNDS = 4;
/** Reads of one page of another list, of 100 items each: it skips up to 2,000 hidden items. */
export const LIST_REFILL_ROUNDS = 20;
/** The most rows that a page below the window reads in one shard of D1. */
export const ARCHIVE_PAGE_MAX_ROWS = 5_000;
/** With more authors than this a page below the window is bounded, and may be short and partial. */
export const ARCHIVE_WIDE_AUTHORS = 500;
/** Such a page reads authors so many times, each time so many rows of a shard, beside bodies. */
export const ARCHIVE_WIDE_READS = 3;
export const ARCHIVE_READ_MAX_ROWS = 1_000;
/** Entries that such a read keeps, and the rows that it reads to find newer reposts of them. */
export const ARCHIVE_WIDE_ENTRIES = 100;
export const ARCHIVE_REPOSTS_MAX_ROWS = 400;
/** The rows that a page may read of one original alone, to find a newer repost of it. */
export const ARCHIVE_ORIGINAL_MAX_ROWS = 3_000;
/** Reposts of one original that are read at once; with more it is looked at by itself. */
export const REPOSTS_READ_WHOLE = 8;
/** Entries of one read below the window, after filters have emptied earlier reads. */
export const ARCHIVE_READ_MAX_ENTRIES = 400;

// --- The store --------------------------------------------------------------------------------

/** The fewest entries that a merge of many authors reads of each. */
export const AUTHOR_PAGE_MIN_ENTRIES = 4;
/** Authors in one statement, which keeps its answer well below D1's limits. */
export const AUTHORS_PER_QUERY = 500;
/** How far the clock of another location may be ahead; reads include ids up to that far in the future. */
export const CLOCK_SKEW_MS = 60_000;

/** Bytes of a request to Upstash: every plan accepts 1 MB, and headers and quoting need some of it. */
export const REDIS_REQUEST_MAX_BYTES = 800_000;
/** Bytes of the rows that one script writes, because a script is part of one request. */
export const REDIS_SCRIPT_MAX_ROWS = 50;
export const REDIS_SCRIPT_MAX_BYTES = 500_000;
/** Bytes of large rows that one script reads; an answer is base64 and at most 10 MB. */
export const REDIS_ANSWER_MAX_BYTES = 4_000_000;
/** Bytes of the rows that a statement of D1 gets in one parameter, which holds 2 MB. */
export const SQL_STATEMENT_MAX_ROWS = 5_000;
export const SQL_STATEMENT_MAX_BYTES = 1_000_000;
/** Scripts in one request, whose answers together take at most 10 MB. */
export const REDIS_REQUEST_MAX_COMMANDS = 500;
/** How long a request to Upstash may take; a script takes some ms, across the world some hundred. */
export const REDIS_TIMEOUT_MS = 4_000;
/** Attempts of a request whose connection fails, and the first pause, which doubles. */
export const REDIS_CONNECT_ATTEMPTS = 3;
export const REDIS_RETRY_BASE_MS = 50;

// --- Fan-out ----------------------------------------------------------------------------------

/** Followers per part: one queue message fans out to about this many. */
export const FOLLOWERS_PER_PART = 400;
/** Followers in one read of a consumer. */
export const FOLLOWER_PAGE = 1_000;
/** Concurrent deliveries of one consumer. Calls of objects do not count as connections. */
export const DELIVERY_CONCURRENCY = 512;
/** Concurrent calls of other jobs. */
export const FANOUT_CONCURRENCY = 64;
/** How long a recipient may take before the delivery has failed; it usually takes a few ms. */
export const FANOUT_RPC_TIMEOUT_MS = 5_000;
/** Attempts of a job (the first one included) before it becomes a dead letter. */
export const JOB_ATTEMPTS_MAX = 6;
/** First delay of a retried job; it doubles with each attempt. */
export const JOB_RETRY_BASE_S = 2;
/** Longest delay of a retried job. */
export const JOB_RETRY_MAX_S = 300;
/** An outbox row older than this has lost its message; a healthy part takes under a second. */
export const OUTBOX_DUE_MS = 5_000;
/** The pause before the job of an outbox row is sent once more. */
export const OUTBOX_RESEND_MS = 60_000;
/** Rows that a store object copies to its segments, or deletes, at a time. */
export const STORE_ROWS_PER_COPY = 1_000;
/** Writes a second to one list from which on its object splits it, measured over the window below. */
export const STORE_LIST_WRITES_PER_S = 200;
export const STORE_LIST_WRITES_WINDOW_MS = 5_000;
/** How often a segment sends its count to the owner of its list. */
export const STORE_COUNTS_EVERY_MS = 1_000;
/** Split lists that an isolate remembers. */
export const STORE_LISTS_KNOWN = 10_000;
/** Time that a call waits for a bucket that is unwritable while it moves; a fence lasts less. */
export const MOVE_WAIT_MS = 15_000;
/** Time for which a place refuses writes to a bucket at most, while the mover copies the last changes. */
export const MOVE_FENCE_MS = 2_000;
/** Buckets that leave a place together, so that its rows are read once for all of them. */
export const MOVE_BUCKETS_AT_ONCE = 64;
/** Rows that one statement of the mover looks at, of which it reads those of leaving buckets. */
export const MOVE_SCAN_ROWS = 2_000;
/** The same of tables whose rows may hold a message of 128 KB. */
export const MOVE_MESSAGES_PER_PIECE = 20;
/** Changed rows that the mover copies at a time. */
export const MOVE_CHANGES_PER_PIECE = 500;
/** Changes of a bucket that may be left when its fence begins; they are copied while nobody writes. */
export const MOVE_FENCE_CHANGES_MAX = 200;
/** Time that a call of the mover's route works, in milliseconds; it ends after the piece that passes it. */
export const MOVE_CALL_MS = 2_000;
/** Places to which they go at most, so that the statements of a piece are bounded. */
export const MOVE_TARGETS_AT_ONCE = 4;
/** Calls of places after which the mover's route begins no further piece; each makes up to three statements. */
export const MOVE_CALLS_MAX = 150;
/** Buckets without changes that change places in one piece. */
export const MOVE_QUIET_BUCKETS = 8;
/** Age at which an idempotency key is no longer moved, because it would expire before it is compared. */
export const MOVE_KEY_AGE_MAX_MS = IDEMPOTENCY_TTL_MS - 60 * 60 * 1000;
/** Accounts of each place by which a store that has no placement yet shows over how many places it is spread. */
export const SPREAD_SAMPLE_ACCOUNTS = 200;
/** How soon a store object goes on with a split, and how soon a caller asks again that was refused. */
export const STORE_RETRY_MS = 20;
/** How long a caller waits for a list that is being split. */
export const STORE_SPLIT_WAIT_MS = 20_000;
/** Calls that one invocation makes to store objects at the same time. */
export const STORE_CALLS_AT_ONCE = 100;
/** Calls to store objects that one step makes itself; a step with more of them has others call. */
export const STORE_CALLS_DIRECT = 50;
/** Outbox rows that one sweep sends per shard; a local queue fails at about 10,000 messages. */
export const SWEEP_MAX_ROWS = 400;
/** Sweep jobs that cron sends, and that a sweep of several shards becomes: 20³ shards in three rounds. */
export const SWEEP_SPLIT_MAX = 20;
/** Messages of one `sendBatch` and their bytes: somewhat below the platform's limits. */
export const QUEUE_BATCH_MAX_MESSAGES = 100;
export const QUEUE_BATCH_MAX_BYTES = 200_000;
/** Dead letters in one answer, or in one retry, and shards that it reads at most. */
export const DEAD_LETTERS_PAGE = 100;
export const DEAD_LETTERS_SHARDS = 20;

// --- Export of events ---------------------------------------------------------------------------

/** How long a batch may take, with the client's own retries (16 s); a consumer has 15 minutes. */
export const KAFKA_TIMEOUT_MS = 60_000;
/** How long a webhook may take to answer: the time that Standard Webhooks advises, 15 to 30 seconds. */
export const WEBHOOK_TIMEOUT_MS = 20_000;
/** Events that a batch tries one by one, each with the client's own retries (16 s), before a pause. */
export const EVENTS_REFUSED_MAX = 10;
/** The longest delay of a retried event: the time in which an endpoint that returns gets all events. */
export const EVENT_RETRY_MAX_S = 3_600;
/** The age at which an event becomes a dead letter, well before a queue drops it (after 4 days). */
export const EVENT_KEPT_MS = 3 * 24 * 60 * 60 * 1000;
/** The attempts after which it does; a queue drops a message after 100 deliveries. */
export const EVENT_ATTEMPTS_MAX = 95;

// --- Live -------------------------------------------------------------------------------------

/** A client frame beyond this closes the socket with 1009; the contract's figure. */
export const CLIENT_FRAME_MAX_BYTES = 1024;
/** How far ahead an alarm is set; the platform accepts none beyond the year 2189. */
export const ALARM_MAX_AHEAD_MS = 365 * 24 * 60 * 60 * 1000;
/** Sockets of one account: a handful of tabs and devices. */
export const SOCKETS_PER_USER = 1_000;
/** Missed changes that a returning socket gets; with more, `resync` is cheaper. */
export const REPLAY_MAX_CHANGES = 800;

// --- Counts and audiences ---------------------------------------------------------------------

/** The shortest time between two counts frames of a post; the contract's figure. */
export const COUNTS_PUSH_EVERY_MS = 1_000;
/** The shortest time between two KV writes of a post's counts; KV accepts one per second and key. */
export const COUNTS_KV_EVERY_MS = 3_000;
/** The same for the store, which is read only where KV has no counts. */
export const COUNTS_STORE_EVERY_MS = 30_000;
/**
 * Children of a node of a counter, and the most steps below its root: with 32 children twice, each of the
 * 1,024 buckets of actors has a node of its own.
 */
export const COUNTER_CHILDREN = 32;
export const COUNTER_DEPTH = 2;
/** Calls a second from which on a node is split, and the window in which they are counted. */
export const COUNTER_SPLIT_CALLS_PER_S = 150;
export const COUNTER_RATE_WINDOW_MS = 2_000;
/** Calls a second of a node and those below it under which their tallies are taken back: far fewer. */
export const COUNTER_MERGE_CALLS_PER_S = 30;
/** How long a counter is split at least, and how long a report of a child's calls counts. */
export const COUNTER_QUIET_MS = 60_000;
/** How often a node that has split looks whether it is quiet again. */
export const COUNTER_LOOK_EVERY_MS = 10_000;
/**
 * How long a post is quiet before its counter moves to KV and empties its storage. Moving costs a write of
 * KV, and the storage as much in two months.
 */
export const COUNTER_COLD_MS = 7 * 24 * 60 * 60 * 1000;
/** How soon a node repeats what a child has not answered, and a caller asks again where tallies go. */
export const COUNTER_RETRY_MS = 50;
/** How often a caller asks where tallies go, while they move. */
export const COUNTER_ROUTE_ATTEMPTS = 40;
/** Nodes of split counters that an isolate remembers, some 50 bytes each. */
export const COUNTER_ROUTES_MAX = 50_000;
/** Characters of an error in a log line or a dead letter. */
export const ERROR_TEXT_MAX_CHARS = 500;
/** Accounts whose last id an isolate remembers, so that it gives out none twice. */
export const ID_OWNERS_REMEMBERED = 10_000;
/** How often a write draws other ids when one of its ids is taken. */
export const ID_DRAWS_MAX = 5;
/**
 * How long a reader's pages ask the counters of posts whose counts the reader has changed: counts that a page shows may
 * be `COUNTS_KEPT_MAX_MS` old, and lack it until the counting queue has been through, and for a minute more.
 */
export const OWN_CHANGE_RECENT_MS = 65 * 60 * 1000;
/** The age at which such a change is in the counts that are published from then on. */
export const OWN_CHANGE_COUNTED_MS = 5_000;
/** How long a served page counts as on screen. */
export const ON_SCREEN_MS = 10 * 60 * 1000;
/** Attempts to write a reaction that other calls of the same account keep changing. */
export const REACTION_ATTEMPTS = 4;
/** How long a page waits for its hub to store which posts are on screen. */
export const ON_SCREEN_TIMEOUT_MS = 2_000;
/** Items of one report of impressions; the contract's figure. */
export const IMPRESSIONS_MAX_ITEMS = 100;
/** Seen posts and authors that a timeline remembers: about a page view per minute for a day. */
export const HISTORY_MAX_POSTS = 2_000;
export const HISTORY_MAX_AUTHORS = 500;
/** Reports of impressions that are remembered, so that a repeated one counts once. */
export const HISTORY_MAX_REPORTS = 200;
/**
 * Entries of engagement (reports, reactions) that a timeline keeps before the oldest are overwritten: a
 * week of somebody who reports thirty times a day, some 700 bytes each.
 */
export const ENGAGEMENT_RING_ENTRIES = 240;
/** Entries of one row: an object that starts reads 16 rows, and a report rewrites some 11 KB. */
export const ENGAGEMENT_BLOCK_ENTRIES = 16;
/**
 * Entries from which on a report folds them into the history, which is one row of some 200 KB. The rest
 * of the ring is the time that a store which is down has to come back.
 */
export const ENGAGEMENT_FOLD_ENTRIES = 224;
/** The half-life of engagement. */
export const ENGAGEMENT_HALF_LIFE_MS = 14 * 24 * 60 * 60 * 1000;
/** The longest accepted dwell time of an impression; a day on one post is a forgotten tab. */
export const DWELL_MAX_MS = 24 * 60 * 60 * 1000;
/**
 * Tallies in one step of a recount, and reactions: each may be of another post, whose counter gets a call,
 * and a second one where it disagrees.
 */
export const RECOUNT_PAGE = 400;
/** The followers, or the reactions of a post, from which on a crowd may read an account or a post at once. */
export const CROWD_FOLLOWERS = 1_000;
export const CROWD_REACTIONS = 100;
/** How old an account or a post may be that a crowd reads. */
export const CROWD_KEPT_MS = 5_000;
/** The most such accounts, and posts, that an isolate keeps. */
export const CROWD_READS_MAX = 1_000;
/** Accounts in one step of a recount of store objects, each with a few calls to its object. */
export const RECOUNT_ACCOUNTS = 20;
/**
 * Reposts that the jobs of one batch erase, each job its share. One costs three statements where its
 * account has a shard of its own (the account, its jobs, its entry), and a job three more: 960 of the
 * 1,000 of an invocation in a batch of twenty.
 */
export const ERASE_PAGE = 300;
/** Old reposts that one sweep links per shard: each costs two statements at most. */
export const OLD_REPOSTS_PAGE = 100;
/** Posts among which one sweep looks for old reposts per shard. */
export const OLD_REPOSTS_SCAN = 5_000;
/** When a shard is looked through again: an earlier version of the Worker no longer runs by then. */
export const OLD_REPOSTS_AGAIN_MS = 60 * 60 * 1000;

// --- Celebrities ------------------------------------------------------------------------------

/**
 * An author is demoted below this part of `CELEBRITY_THRESHOLD`. Between the two lie thousands of
 * followers: an author's daily coming and going does not cross both.
 */
export const CELEBRITY_DEMOTE_PERCENT = 80;
/** Entries of an author's feed: how far a reader scrolls back through a celebrity without the store. */
export const AUTHOR_FEED_MAX_ENTRIES = 400;
/**
 * Versions of an author's feed per millisecond of its clock: far more than it can use. A feed that lost
 * its storage starts at the clock, and so above all its earlier versions.
 */
export const AUTHOR_FEED_CHANGES_PER_MS = 1_024;
/** The fewest entries of a feed's newest page: a screenful of one author. */
export const AUTHOR_FEED_HEAD_ENTRIES = 20;
/** The pause between two flushes of a feed; KV accepts one write per second and key. */
export const AUTHOR_FEED_PUBLISH_EVERY_MS = 1_000;
/** The longest pause before a failed flush is retried; it doubles from the pause above. */
export const AUTHOR_FEED_RETRY_MAX_MS = 30_000;
/** How long KV's edge caches keep pages of feeds: their shortest time. */
export const AUTHOR_FEED_CACHE_TTL_S = 30;
/** How old a value read from KV may be: its edge cache and its replication. */
export const KV_STALE_MAX_MS = 90_000;
/** Keys that KV reads in one operation; the platform's figure. */
export const KV_BULK_MAX_KEYS = 100;
/** Authors whose versions an isolate remembers, some 100 bytes each. */
export const FRESHNESS_VIEW_MAX_AUTHORS = 50_000;
/** The shortest time between two questions of an isolate about an author. */
export const FRESHNESS_EVERY_MS = 1_000;
/** How long an answer can be trusted; after that, the author's feed is read instead. */
export const FRESHNESS_TRUSTED_MS = 3_000;
/** Authors' feeds that one page reads directly; with more, the page is partial. */
export const AUTHOR_FEED_CALLS_MAX = 100;
/** How many of them at the same time. */
export const AUTHOR_FEED_CALLS_CONCURRENCY = 50;
/** Newest pages that an isolate caches: some 12 KB each, of its 128 MB. */
export const ISOLATE_HEADS_MAX = 1_000;
/** Older pages that an isolate caches; few readers scroll that far. */
export const ISOLATE_PAGES_MAX = 500;
/** How long a page waits for pulled authors in all; the default of `PULL_BUDGET_MS`. */
export const PULL_BUDGET_DEFAULT_MS = 300;

// --- Hubs -------------------------------------------------------------------------------------

/** The most hubs of a region: some hundred online members each for 40 million of them in eight regions. */
export const HUBS_PER_REGION_MAX = 25_000;
/** Other hubs that one hub calls about a topic: with as many, three steps reach the most hubs of a region. */
export const HUB_CHILDREN = 160;
/** The shortest time between two messages of a hub to a member. */
export const HUB_FORWARD_EVERY_MS = 1_000;
/** Concurrent calls of a hub, an author feed or a counter. */
export const HUB_CONCURRENCY = 100;
/** Attempts to call a member or a hub, the first pause, which doubles, and the time of each attempt. */
export const LIVE_CALL_ATTEMPTS = 3;
export const LIVE_RETRY_BASE_MS = 100;
export const LIVE_CALL_TIMEOUT_MS = 2_000;
/**
 * How long a message to a hub may take: the hub's own pause, its calls of members, and a hub below it that
 * takes as long.
 */
export const HUB_CALL_TIMEOUT_MS = 10_000;
/** The pause before a hub calls a member again that has not answered. */
export const HUB_MISSED_RETRY_MS = 10_000;
/** How long a hub stays attached to an author whom no member follows, after a page asked about them. */
export const HUB_ASKED_KEPT_MS = 10 * 60 * 1000;
/** Author feeds that a hub asks in one call; the member, or the page, asks again for the others. */
export const HUB_ATTACH_MAX = 500;
/** How long a hub lets a page wait for author feeds that it has not asked before. */
export const HUB_ASK_TIMEOUT_MS = 1_000;
/** News that a hub remembers: some 1 KB each, of its 128 MB. */
export const HUB_NEWS_MAX = 20_000;
/** Posts on screen that a hub remembers of one member: a page a minute of the largest size. */
export const HUB_SCREEN_MAX = 1_000;
/**
 * How much older than a page the news may be that the page lacks: a page in KV is stale for a while.
 * Who joins after a page gets the news from this long before it.
 */
export const LIVE_RECENT_MS = 120_000;
/** How long news are remembered: a socket that was away for longer reads its timeline again. */
export const LIVE_KEPT_MS = 15 * 60 * 1000;
/** How often an open timeline renews its place in its hub. */
export const LIVE_REJOIN_EVERY_MS = 90 * 60 * 1000;
/** The pause before a failed registration is retried. */
export const LIVE_REJOIN_RETRY_MS = 2_000;

// --- Ranking ----------------------------------------------------------------------------------

/** The longest dwell time on one post that counts; more means that the reader has left the screen. */
export const DWELL_COUNTED_MAX_MS = 60_000;
/** The dwell time after which a post counts as read: a quick reader needs 5 s for 280 characters. */
export const DWELLED_MIN_MS = 5_000;
/** Entries that the model scores; their counts are one bulk read of KV. */
export const RANK_CANDIDATES_MAX = 100;
/** Pulled entries about which the timeline gives context, before the best of them are chosen. */
export const RANK_PULLED_MAX = 200;
/** How many of them one author may have while others have more. */
export const RANK_PULLED_EACH = 10;
/** Users to whom pulled authors reply, for whom the timeline says whether its owner follows them. */
export const RANK_ANSWERED_MAX = 1_000;
/** The half-life of a post in the first-stage ranker: a favourite's day-old post beats a stranger's new one. */
export const FIRST_STAGE_HALF_LIFE_MS = 12 * 60 * 60 * 1000;
/** How long the viewer's own newest post is on top, as proof that it was published. */
export const OWN_FRESH_MS = 15 * 60 * 1000;
/** Consecutive replies of one thread, and consecutive entries of one person. */
export const THREAD_MAX_IN_A_ROW = 2;
export const PERSON_MAX_IN_A_ROW = 2;
/** Entries of one person, as author or reposter, among any `PAGE_DEFAULT_ITEMS` consecutive ones. */
export const PERSON_MAX_EACH_PAGE = 5;
/** The same share of the candidates, so that a busy author leaves others enough of them. */
export const RANK_PERSON_MAX_CANDIDATES = 25;
/** Largest model document. One with 41 features and 32 hidden units has about 20 KB. */
export const MODEL_MAX_BYTES = 512 * 1024;
/** Most hidden units of a model: with 128, a thousand candidates take about 5 ms. */
export const MODEL_MAX_HIDDEN_UNITS = 128;
/** How long an isolate uses a model before it reads KV again, and how long KV's edge cache keeps it. */
export const MODEL_FRESH_MS = 10_000;
export const MODEL_CACHE_TTL_S = 30;
/** How long a page waits for that read; after that it uses the model that the isolate has. */
export const MODEL_READ_BUDGET_MS = 200;
/** The longest line of the training log: the largest page takes about 80 KB, a queue message 128 KB. */
export const RANK_LOG_LINE_MAX_BYTES = 120_000;
/** The share of viewers whose pages of an hour are logged; the default of `RANK_LOG_PERCENT`. */
export const RANK_LOG_PERCENT_DEFAULT = 10;
/** How long training data lives: several half-lives of engagement. */
export const TRAINING_KEPT_MS = 30 * 24 * 60 * 60 * 1000;
/** The hours of that time; a timeline counts what it has logged in each of them. */
export const TRAINING_KEPT_HOURS = 30 * 24;
/**
 * What one viewer may add to the training log in an hour: some forty pages and their reports, or two
 * of the largest pages. An account that does nothing else writes 6 MB a day.
 */
export const TRAINING_HOUR_MAX_BYTES = 256_000;
/** Expired training rows that one sweep deletes per table. */
export const TRAINING_FORGET_ROWS = 5_000;
/** Logged pages that one sweep moves from a shard to the training log: a call and a few statements each. */
export const TRAINING_MOVE_PAGES = 50;
/** Actions within this time after a page count as its results. */
export const PAGE_EFFECT_MS = 60 * 60 * 1000;
/** Logged pages that one read joins with actions, and later pages that it also needs for that. */
export const TRAINING_PAGE = 20;
export const TRAINING_AHEAD = 10;
/** A viewer's posts that a read scans for replies to a page. */
export const TRAINING_REPLIES_MAX = 200;
/** The last position of a scroll that the training log records. */
export const RANK_LOG_MAX_POSITION = 1_000_000;

// --- Edge -------------------------------------------------------------------------------------

/** Attempts of an object call that fails as retryable, each with a new stub. */
export const OBJECT_CALL_ATTEMPTS = 3;
/** The first pause between these attempts, which doubles. */
export const OBJECT_RETRY_BASE_MS = 50;
/** Checked tokens that an isolate remembers: some 400 bytes each. */
export const ISOLATE_TOKENS_MAX = 5_000;
/** The `Retry-After` of a 503. */
export const RETRY_AFTER_S = 2;
/** The period of the rate limits in wrangler.toml, and the `Retry-After` of a 429. */
export const RATE_LIMIT_PERIOD_S = 60;
/** How long KV's edge caches keep counts: their shortest time. */
export const COUNTS_CACHE_TTL_S = 30;
/** How long published counts live in KV; an older post shows the counts of its entry. */
export const COUNTS_KEPT_S = 30 * 24 * 60 * 60;
/** The half-life of a reaction in a post's velocity. */
export const VELOCITY_HALF_LIFE_MS = 60 * 60 * 1000;
/** Counts that an isolate caches: some 200 bytes each. */
export const ISOLATE_COUNTS_MAX = 20_000;
/** How long a page waits for counts, because stale counts are better than a late page. */
export const COUNTS_READ_BUDGET_MS = 200;

// --- Operations -------------------------------------------------------------------------------

/** The shortest time between two reports of an isolate's figures, however many requests it has. */
export const FIGURES_EVERY_MS = 1_000;
/** The longest time between two reports with many isolates; an invocation may last 30 s after it. */
export const FIGURES_EVERY_MAX_MS = 20_000;
/** Reports per second that a region's aggregator accepts: a tenth of what an object can. */
export const AGGREGATOR_CALLS_PER_S = 100;
/** How long an isolate waits for its aggregator; the next report repeats what was not accepted. */
export const AGGREGATOR_TIMEOUT_MS = 2_000;
/** The pause between two writes to Analytics Engine: some forty data points each. */
export const AGGREGATOR_PUBLISH_EVERY_MS = 60_000;
/** The most series of each kind; there are about thirty. */
export const FIGURE_SERIES_MAX = 100;
/** The most gauges of a region: a few for each of the most shards. */
export const GAUGE_SERIES_MAX = 4 * BUCKETS;
/** The age at which a gauge no longer counts: a shard that has not been swept for so long is unknown. */
export const GAUGE_KEPT_MS = 10 * 60 * 1000;
/** Data points that one invocation may write: the platform's lowest figure so far. */
export const DATA_POINTS_MAX = 25;
/** The longest time that a histogram distinguishes; a delivery that took an hour is simply late. */
export const HISTOGRAM_MAX_MS = 60 * 60 * 1000;
/** The shortest time between two reads of the queues' backlogs by an isolate. */
export const BACKLOG_EVERY_MS = 4_000;
/** How long a backlog's read may take; one without an answer is left out. */
export const BACKLOG_TIMEOUT_MS = 2_000;
/** How often the operations page reads the figures. */
export const OPERATIONS_EVERY_MS = 2_000;

function assertRelation(holds: boolean, what: string): void {
  if (!holds) throw new Error(`limits.ts: ${what}`);
}

assertRelation(
  1 + 1 / (TIMELINE_MAX_DEFAULT / WINDOW_CHUNKS) <= 1.05,
  "a delivery may write at most 1.05 rows",
);
assertRelation(FOLLOWERS_PER_PART <= FOLLOWER_PAGE, "one page usually holds a part's followers");
assertRelation(
  (FOLLOWERS_PER_PART * 20) / 1024 < 128,
  "a job that names all recipients of a part fits a queue message (128 KB)",
);
assertRelation(
  3 * ERASE_PAGE + 3 * 20 < 1_000,
  "a full batch of erase jobs fits the statements of an invocation",
);
assertRelation(
  ENGAGEMENT_FOLD_ENTRIES < ENGAGEMENT_RING_ENTRIES && 1 / ENGAGEMENT_FOLD_ENTRIES < 0.005,
  "a report writes one row and a two-hundredth",
);
assertRelation(
  RANK_LOG_LINE_MAX_BYTES <= TRAINING_HOUR_MAX_BYTES,
  "the largest page can be logged",
);
assertRelation(
  TRAINING_KEPT_HOURS * PAGE_EFFECT_MS === TRAINING_KEPT_MS,
  "an hour is the time in which actions count for a page",
);
assertRelation(
  FANOUT_RPC_TIMEOUT_MS <= OUTBOX_DUE_MS,
  "a hanging delivery fails before the sweep takes its part",
);
assertRelation(
  EVENT_ATTEMPTS_MAX * EVENT_RETRY_MAX_S * 1000 > EVENT_KEPT_MS,
  "an event is retried for as long as it lives",
);
assertRelation(
  RANK_CANDIDATES_MAX <= KV_BULK_MAX_KEYS && RANK_CANDIDATES_MAX >= PAGE_MAX_ITEMS,
  "a ranked page reads its counts in one bulk read, and its order fills a page",
);
assertRelation(
  RANK_PERSON_MAX_CANDIDATES * PAGE_DEFAULT_ITEMS <= PERSON_MAX_EACH_PAGE * RANK_CANDIDATES_MAX,
  "candidates hold no more of a person than their pages may show",
);
assertRelation(
  (RANK_CANDIDATES_MAX + SCROLL_REPOSTS_MAX + 3) * 16 <= CURSOR_MAX_CHARS,
  "a cursor holds the order of a ranked scroll",
);
assertRelation(
  KV_STALE_MAX_MS + FRESHNESS_TRUSTED_MS < LIVE_RECENT_MS,
  "a socket that opens after a page gets every change that KV may have lacked",
);
assertRelation(
  COUNTER_CHILDREN ** COUNTER_DEPTH === BUCKETS,
  "a bucket of actors can have a node of a counter of its own",
);
assertRelation(
  HUB_FORWARD_EVERY_MS + LIVE_CALL_ATTEMPTS * LIVE_CALL_TIMEOUT_MS < HUB_CALL_TIMEOUT_MS,
  "a hub answers although a member hangs",
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
  "a feed's newest page is one chunk, or two",
);
