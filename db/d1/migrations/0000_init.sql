CREATE TABLE `dead_letters` (
	`id` text PRIMARY KEY NOT NULL,
	`reason` text NOT NULL,
	`body` text NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `followers` (
	`author` text NOT NULL,
	`bucket` integer NOT NULL,
	`follower` text NOT NULL,
	`version` integer NOT NULL,
	`active` integer NOT NULL,
	`awake_ms` integer NOT NULL,
	PRIMARY KEY(`author`, `bucket`, `follower`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `followers_newest` ON `followers` (`author`,`version`,`follower`) WHERE active = 1;--> statement-breakpoint
CREATE TABLE `following` (
	`follower` text NOT NULL,
	`followee` text NOT NULL,
	`version` integer NOT NULL,
	`active` integer NOT NULL,
	PRIMARY KEY(`follower`, `followee`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `following_newest` ON `following` (`follower`,`version`,`followee`) WHERE active = 1;--> statement-breakpoint
CREATE TABLE `idempotency` (
	`author` text NOT NULL,
	`key` text NOT NULL,
	`digest` text NOT NULL,
	`post` text NOT NULL,
	PRIMARY KEY(`author`, `key`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `outbox` (
	`id` text NOT NULL,
	`part` integer NOT NULL,
	`job` text NOT NULL,
	`due_ms` integer NOT NULL,
	PRIMARY KEY(`id`, `part`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `posts` (
	`id` text PRIMARY KEY NOT NULL,
	`author` text NOT NULL,
	`text` text NOT NULL,
	`reply_to` text,
	`reply_to_author` text,
	`likes` integer DEFAULT 0 NOT NULL,
	`reposts` integer DEFAULT 0 NOT NULL,
	`replies` integer DEFAULT 0 NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `posts_by_author` ON `posts` (`author`,`id`);--> statement-breakpoint
CREATE TABLE `replies` (
	`parent` text NOT NULL,
	`id` text NOT NULL,
	PRIMARY KEY(`parent`, `id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `users` (
	`id` text PRIMARY KEY NOT NULL,
	`handle` text NOT NULL,
	`name` text NOT NULL,
	`password_hash` text,
	`followers` integer DEFAULT 0 NOT NULL,
	`following` integer DEFAULT 0 NOT NULL,
	`posts` integer DEFAULT 0 NOT NULL,
	`woken_ms` integer DEFAULT 0 NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE UNIQUE INDEX `users_handle_unique` ON `users` (`handle`);