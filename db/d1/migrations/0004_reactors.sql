CREATE TABLE `reactors` (
	`post` text NOT NULL,
	`kind` text NOT NULL,
	`actor` text NOT NULL,
	`version` integer NOT NULL,
	`active` integer NOT NULL,
	`entry` text,
	PRIMARY KEY(`post`, `kind`, `actor`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `walks` (
	`name` text PRIMARY KEY NOT NULL,
	`passes` integer NOT NULL,
	`position` text,
	`due_ms` integer NOT NULL
) WITHOUT ROWID;
