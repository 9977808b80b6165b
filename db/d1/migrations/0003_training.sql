CREATE TABLE `served_pages` (
	`period` text NOT NULL,
	`viewer` text NOT NULL,
	`id` text NOT NULL,
	`line` text NOT NULL,
	PRIMARY KEY(`period`, `viewer`, `id`)
) WITHOUT ROWID;
--> statement-breakpoint
ALTER TABLE `impressions` RENAME TO `old_impressions`;--> statement-breakpoint
CREATE TABLE `impressions` (
	`period` text NOT NULL,
	`viewer` text NOT NULL,
	`id` text NOT NULL,
	`items` text NOT NULL,
	PRIMARY KEY(`period`, `viewer`, `id`)
) WITHOUT ROWID;
--> statement-breakpoint
INSERT INTO `impressions`("period", "viewer", "id", "items") SELECT substr("id", 1, 4), "viewer", "id", "items" FROM `old_impressions`;--> statement-breakpoint
DROP TABLE `old_impressions`;
