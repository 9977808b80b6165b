CREATE TABLE `impressions` (
	`id` text PRIMARY KEY NOT NULL,
	`viewer` text NOT NULL,
	`items` text NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `reactions` (
	`actor` text NOT NULL,
	`kind` text NOT NULL,
	`post` text NOT NULL,
	`version` integer NOT NULL,
	`active` integer NOT NULL,
	`entry` text,
	PRIMARY KEY(`actor`, `kind`, `post`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `reactions_by_post` ON `reactions` (`post`,`kind`) WHERE active = 1;--> statement-breakpoint
CREATE TABLE `relations` (
	`actor` text NOT NULL,
	`kind` text NOT NULL,
	`target` text NOT NULL,
	`version` integer NOT NULL,
	`active` integer NOT NULL,
	PRIMARY KEY(`actor`, `kind`, `target`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `tallies` (
	`post` text NOT NULL,
	`bucket` integer NOT NULL,
	`likes` integer NOT NULL,
	`reposts` integer NOT NULL,
	`version` integer NOT NULL,
	PRIMARY KEY(`post`, `bucket`)
) WITHOUT ROWID;
--> statement-breakpoint
ALTER TABLE `posts` ADD `replies_version` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `posts` ADD `counts_version` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `posts` ADD `repost_of` text;--> statement-breakpoint
CREATE INDEX `posts_by_original` ON `posts` (`repost_of`,`author`,`id`) WHERE repost_of IS NOT NULL;