CREATE TABLE `served_pages` (
	`period` text NOT NULL,
	`viewer` text NOT NULL,
	`id` text NOT NULL,
	`line` text NOT NULL,
	PRIMARY KEY(`period`, `viewer`, `id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `__new_impressions` (
	`period` text NOT NULL,
	`viewer` text NOT NULL,
	`id` text NOT NULL,
	`items` text NOT NULL,
	PRIMARY KEY(`period`, `viewer`, `id`)
) WITHOUT ROWID;
--> statement-breakpoint
INSERT INTO `__new_impressions`("period", "viewer", "id", "items") SELECT substr("id", 1, 4), "viewer", "id", "items" FROM `impressions`;--> statement-breakpoint
DROP TABLE `impressions`;--> statement-breakpoint
ALTER TABLE `__new_impressions` RENAME TO `impressions`;
