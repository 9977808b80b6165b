ALTER TABLE `users` ADD `epoch` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `users` ADD `migrating` integer DEFAULT false NOT NULL;