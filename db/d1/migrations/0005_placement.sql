CREATE TABLE `changes` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`chars` text NOT NULL,
	`tbl` text NOT NULL,
	`key` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `changes_by_bucket` ON `changes` (`chars`,`seq`);--> statement-breakpoint
CREATE TABLE `place_state` (
	`name` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `placement` (
	`bucket` integer PRIMARY KEY NOT NULL,
	`chars` text NOT NULL,
	`state` integer NOT NULL,
	`other` text,
	`version` integer NOT NULL,
	`until_ms` integer DEFAULT 0 NOT NULL,
	`noted` integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE INDEX `placement_noted` ON `placement` (`chars`) WHERE noted = 1;--> statement-breakpoint
CREATE INDEX `placement_elsewhere` ON `placement` (`chars`) WHERE state > 2;
--> statement-breakpoint
CREATE TRIGGER `note_users_insert` AFTER INSERT ON `users`
WHEN EXISTS (SELECT 1 FROM `placement` WHERE noted = 1 AND `chars` = substr(NEW.`id`, 10, 2))
BEGIN
	INSERT INTO `changes` (`chars`, `tbl`, `key`)
	VALUES (substr(NEW.`id`, 10, 2), 'users', json_array(NEW.`id`));
END;
--> statement-breakpoint
CREATE TRIGGER `note_users_update` AFTER UPDATE ON `users`
WHEN EXISTS (SELECT 1 FROM `placement` WHERE noted = 1 AND `chars` = substr(NEW.`id`, 10, 2))
BEGIN
	INSERT INTO `changes` (`chars`, `tbl`, `key`)
	VALUES (substr(NEW.`id`, 10, 2), 'users', json_array(NEW.`id`));
END;
--> statement-breakpoint
CREATE TRIGGER `note_users_delete` AFTER DELETE ON `users`
WHEN EXISTS (SELECT 1 FROM `placement` WHERE noted = 1 AND `chars` = substr(OLD.`id`, 10, 2))
BEGIN
	INSERT INTO `changes` (`chars`, `tbl`, `key`)
	VALUES (substr(OLD.`id`, 10, 2), 'users', json_array(OLD.`id`));
END;
--> statement-breakpoint
CREATE TRIGGER `note_posts_insert` AFTER INSERT ON `posts`
WHEN EXISTS (SELECT 1 FROM `placement` WHERE noted = 1 AND `chars` = substr(NEW.`author`, 10, 2))
BEGIN
	INSERT INTO `changes` (`chars`, `tbl`, `key`)
	VALUES (substr(NEW.`author`, 10, 2), 'posts', json_array(NEW.`id`));
END;
--> statement-breakpoint
CREATE TRIGGER `note_posts_update` AFTER UPDATE ON `posts`
WHEN EXISTS (SELECT 1 FROM `placement` WHERE noted = 1 AND `chars` = substr(NEW.`author`, 10, 2))
BEGIN
	INSERT INTO `changes` (`chars`, `tbl`, `key`)
	VALUES (substr(NEW.`author`, 10, 2), 'posts', json_array(NEW.`id`));
END;
--> statement-breakpoint
CREATE TRIGGER `note_posts_delete` AFTER DELETE ON `posts`
WHEN EXISTS (SELECT 1 FROM `placement` WHERE noted = 1 AND `chars` = substr(OLD.`author`, 10, 2))
BEGIN
	INSERT INTO `changes` (`chars`, `tbl`, `key`)
	VALUES (substr(OLD.`author`, 10, 2), 'posts', json_array(OLD.`id`));
END;
--> statement-breakpoint
CREATE TRIGGER `note_replies_insert` AFTER INSERT ON `replies`
WHEN EXISTS (SELECT 1 FROM `placement` WHERE noted = 1 AND `chars` = substr(NEW.`parent`, 10, 2))
BEGIN
	INSERT INTO `changes` (`chars`, `tbl`, `key`)
	VALUES (substr(NEW.`parent`, 10, 2), 'replies', json_array(NEW.`parent`, NEW.`id`));
END;
--> statement-breakpoint
CREATE TRIGGER `note_replies_update` AFTER UPDATE ON `replies`
WHEN EXISTS (SELECT 1 FROM `placement` WHERE noted = 1 AND `chars` = substr(NEW.`parent`, 10, 2))
BEGIN
	INSERT INTO `changes` (`chars`, `tbl`, `key`)
	VALUES (substr(NEW.`parent`, 10, 2), 'replies', json_array(NEW.`parent`, NEW.`id`));
END;
--> statement-breakpoint
CREATE TRIGGER `note_replies_delete` AFTER DELETE ON `replies`
WHEN EXISTS (SELECT 1 FROM `placement` WHERE noted = 1 AND `chars` = substr(OLD.`parent`, 10, 2))
BEGIN
	INSERT INTO `changes` (`chars`, `tbl`, `key`)
	VALUES (substr(OLD.`parent`, 10, 2), 'replies', json_array(OLD.`parent`, OLD.`id`));
END;
--> statement-breakpoint
CREATE TRIGGER `note_following_insert` AFTER INSERT ON `following`
WHEN EXISTS (SELECT 1 FROM `placement` WHERE noted = 1 AND `chars` = substr(NEW.`follower`, 10, 2))
BEGIN
	INSERT INTO `changes` (`chars`, `tbl`, `key`)
	VALUES (substr(NEW.`follower`, 10, 2), 'following', json_array(NEW.`follower`, NEW.`followee`));
END;
--> statement-breakpoint
CREATE TRIGGER `note_following_update` AFTER UPDATE ON `following`
WHEN EXISTS (SELECT 1 FROM `placement` WHERE noted = 1 AND `chars` = substr(NEW.`follower`, 10, 2))
BEGIN
	INSERT INTO `changes` (`chars`, `tbl`, `key`)
	VALUES (substr(NEW.`follower`, 10, 2), 'following', json_array(NEW.`follower`, NEW.`followee`));
END;
--> statement-breakpoint
CREATE TRIGGER `note_following_delete` AFTER DELETE ON `following`
WHEN EXISTS (SELECT 1 FROM `placement` WHERE noted = 1 AND `chars` = substr(OLD.`follower`, 10, 2))
BEGIN
	INSERT INTO `changes` (`chars`, `tbl`, `key`)
	VALUES (substr(OLD.`follower`, 10, 2), 'following', json_array(OLD.`follower`, OLD.`followee`));
END;
--> statement-breakpoint
CREATE TRIGGER `note_followers_insert` AFTER INSERT ON `followers`
WHEN EXISTS (SELECT 1 FROM `placement` WHERE noted = 1 AND `chars` = substr(NEW.`author`, 10, 2))
BEGIN
	INSERT INTO `changes` (`chars`, `tbl`, `key`)
	VALUES (substr(NEW.`author`, 10, 2), 'followers', json_array(NEW.`author`, NEW.`bucket`, NEW.`follower`));
END;
--> statement-breakpoint
CREATE TRIGGER `note_followers_update` AFTER UPDATE ON `followers`
WHEN EXISTS (SELECT 1 FROM `placement` WHERE noted = 1 AND `chars` = substr(NEW.`author`, 10, 2))
BEGIN
	INSERT INTO `changes` (`chars`, `tbl`, `key`)
	VALUES (substr(NEW.`author`, 10, 2), 'followers', json_array(NEW.`author`, NEW.`bucket`, NEW.`follower`));
END;
--> statement-breakpoint
CREATE TRIGGER `note_followers_delete` AFTER DELETE ON `followers`
WHEN EXISTS (SELECT 1 FROM `placement` WHERE noted = 1 AND `chars` = substr(OLD.`author`, 10, 2))
BEGIN
	INSERT INTO `changes` (`chars`, `tbl`, `key`)
	VALUES (substr(OLD.`author`, 10, 2), 'followers', json_array(OLD.`author`, OLD.`bucket`, OLD.`follower`));
END;
--> statement-breakpoint
CREATE TRIGGER `note_reactions_insert` AFTER INSERT ON `reactions`
WHEN EXISTS (SELECT 1 FROM `placement` WHERE noted = 1 AND `chars` = substr(NEW.`actor`, 10, 2))
BEGIN
	INSERT INTO `changes` (`chars`, `tbl`, `key`)
	VALUES (substr(NEW.`actor`, 10, 2), 'reactions', json_array(NEW.`actor`, NEW.`kind`, NEW.`post`));
END;
--> statement-breakpoint
CREATE TRIGGER `note_reactions_update` AFTER UPDATE ON `reactions`
WHEN EXISTS (SELECT 1 FROM `placement` WHERE noted = 1 AND `chars` = substr(NEW.`actor`, 10, 2))
BEGIN
	INSERT INTO `changes` (`chars`, `tbl`, `key`)
	VALUES (substr(NEW.`actor`, 10, 2), 'reactions', json_array(NEW.`actor`, NEW.`kind`, NEW.`post`));
END;
--> statement-breakpoint
CREATE TRIGGER `note_reactions_delete` AFTER DELETE ON `reactions`
WHEN EXISTS (SELECT 1 FROM `placement` WHERE noted = 1 AND `chars` = substr(OLD.`actor`, 10, 2))
BEGIN
	INSERT INTO `changes` (`chars`, `tbl`, `key`)
	VALUES (substr(OLD.`actor`, 10, 2), 'reactions', json_array(OLD.`actor`, OLD.`kind`, OLD.`post`));
END;
--> statement-breakpoint
CREATE TRIGGER `note_reactors_insert` AFTER INSERT ON `reactors`
WHEN EXISTS (SELECT 1 FROM `placement` WHERE noted = 1 AND `chars` = substr(NEW.`post`, 10, 2))
BEGIN
	INSERT INTO `changes` (`chars`, `tbl`, `key`)
	VALUES (substr(NEW.`post`, 10, 2), 'reactors', json_array(NEW.`post`, NEW.`kind`, NEW.`actor`));
END;
--> statement-breakpoint
CREATE TRIGGER `note_reactors_update` AFTER UPDATE ON `reactors`
WHEN EXISTS (SELECT 1 FROM `placement` WHERE noted = 1 AND `chars` = substr(NEW.`post`, 10, 2))
BEGIN
	INSERT INTO `changes` (`chars`, `tbl`, `key`)
	VALUES (substr(NEW.`post`, 10, 2), 'reactors', json_array(NEW.`post`, NEW.`kind`, NEW.`actor`));
END;
--> statement-breakpoint
CREATE TRIGGER `note_reactors_delete` AFTER DELETE ON `reactors`
WHEN EXISTS (SELECT 1 FROM `placement` WHERE noted = 1 AND `chars` = substr(OLD.`post`, 10, 2))
BEGIN
	INSERT INTO `changes` (`chars`, `tbl`, `key`)
	VALUES (substr(OLD.`post`, 10, 2), 'reactors', json_array(OLD.`post`, OLD.`kind`, OLD.`actor`));
END;
--> statement-breakpoint
CREATE TRIGGER `note_tallies_insert` AFTER INSERT ON `tallies`
WHEN EXISTS (SELECT 1 FROM `placement` WHERE noted = 1 AND `chars` = substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', NEW.`bucket` / 32 + 1, 1) || substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', NEW.`bucket` % 32 + 1, 1))
BEGIN
	INSERT INTO `changes` (`chars`, `tbl`, `key`)
	VALUES (substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', NEW.`bucket` / 32 + 1, 1) || substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', NEW.`bucket` % 32 + 1, 1), 'tallies', json_array(NEW.`post`, NEW.`bucket`));
END;
--> statement-breakpoint
CREATE TRIGGER `note_tallies_update` AFTER UPDATE ON `tallies`
WHEN EXISTS (SELECT 1 FROM `placement` WHERE noted = 1 AND `chars` = substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', NEW.`bucket` / 32 + 1, 1) || substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', NEW.`bucket` % 32 + 1, 1))
BEGIN
	INSERT INTO `changes` (`chars`, `tbl`, `key`)
	VALUES (substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', NEW.`bucket` / 32 + 1, 1) || substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', NEW.`bucket` % 32 + 1, 1), 'tallies', json_array(NEW.`post`, NEW.`bucket`));
END;
--> statement-breakpoint
CREATE TRIGGER `note_tallies_delete` AFTER DELETE ON `tallies`
WHEN EXISTS (SELECT 1 FROM `placement` WHERE noted = 1 AND `chars` = substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', OLD.`bucket` / 32 + 1, 1) || substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', OLD.`bucket` % 32 + 1, 1))
BEGIN
	INSERT INTO `changes` (`chars`, `tbl`, `key`)
	VALUES (substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', OLD.`bucket` / 32 + 1, 1) || substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', OLD.`bucket` % 32 + 1, 1), 'tallies', json_array(OLD.`post`, OLD.`bucket`));
END;
--> statement-breakpoint
CREATE TRIGGER `note_relations_insert` AFTER INSERT ON `relations`
WHEN EXISTS (SELECT 1 FROM `placement` WHERE noted = 1 AND `chars` = substr(NEW.`actor`, 10, 2))
BEGIN
	INSERT INTO `changes` (`chars`, `tbl`, `key`)
	VALUES (substr(NEW.`actor`, 10, 2), 'relations', json_array(NEW.`actor`, NEW.`kind`, NEW.`target`));
END;
--> statement-breakpoint
CREATE TRIGGER `note_relations_update` AFTER UPDATE ON `relations`
WHEN EXISTS (SELECT 1 FROM `placement` WHERE noted = 1 AND `chars` = substr(NEW.`actor`, 10, 2))
BEGIN
	INSERT INTO `changes` (`chars`, `tbl`, `key`)
	VALUES (substr(NEW.`actor`, 10, 2), 'relations', json_array(NEW.`actor`, NEW.`kind`, NEW.`target`));
END;
--> statement-breakpoint
CREATE TRIGGER `note_relations_delete` AFTER DELETE ON `relations`
WHEN EXISTS (SELECT 1 FROM `placement` WHERE noted = 1 AND `chars` = substr(OLD.`actor`, 10, 2))
BEGIN
	INSERT INTO `changes` (`chars`, `tbl`, `key`)
	VALUES (substr(OLD.`actor`, 10, 2), 'relations', json_array(OLD.`actor`, OLD.`kind`, OLD.`target`));
END;
--> statement-breakpoint
CREATE TRIGGER `note_outbox_insert` AFTER INSERT ON `outbox`
WHEN EXISTS (SELECT 1 FROM `placement` WHERE noted = 1 AND `chars` = substr(NEW.`id`, 10, 2))
BEGIN
	INSERT INTO `changes` (`chars`, `tbl`, `key`)
	VALUES (substr(NEW.`id`, 10, 2), 'outbox', json_array(NEW.`id`, NEW.`part`));
END;
--> statement-breakpoint
CREATE TRIGGER `note_outbox_update` AFTER UPDATE ON `outbox`
WHEN EXISTS (SELECT 1 FROM `placement` WHERE noted = 1 AND `chars` = substr(NEW.`id`, 10, 2))
BEGIN
	INSERT INTO `changes` (`chars`, `tbl`, `key`)
	VALUES (substr(NEW.`id`, 10, 2), 'outbox', json_array(NEW.`id`, NEW.`part`));
END;
--> statement-breakpoint
CREATE TRIGGER `note_outbox_delete` AFTER DELETE ON `outbox`
WHEN EXISTS (SELECT 1 FROM `placement` WHERE noted = 1 AND `chars` = substr(OLD.`id`, 10, 2))
BEGIN
	INSERT INTO `changes` (`chars`, `tbl`, `key`)
	VALUES (substr(OLD.`id`, 10, 2), 'outbox', json_array(OLD.`id`, OLD.`part`));
END;
--> statement-breakpoint
CREATE TRIGGER `note_idempotency_insert` AFTER INSERT ON `idempotency`
WHEN EXISTS (SELECT 1 FROM `placement` WHERE noted = 1 AND `chars` = substr(NEW.`author`, 10, 2))
BEGIN
	INSERT INTO `changes` (`chars`, `tbl`, `key`)
	VALUES (substr(NEW.`author`, 10, 2), 'idempotency', json_array(NEW.`author`, NEW.`key`));
END;
--> statement-breakpoint
CREATE TRIGGER `note_idempotency_update` AFTER UPDATE ON `idempotency`
WHEN EXISTS (SELECT 1 FROM `placement` WHERE noted = 1 AND `chars` = substr(NEW.`author`, 10, 2))
BEGIN
	INSERT INTO `changes` (`chars`, `tbl`, `key`)
	VALUES (substr(NEW.`author`, 10, 2), 'idempotency', json_array(NEW.`author`, NEW.`key`));
END;
--> statement-breakpoint
CREATE TRIGGER `note_idempotency_delete` AFTER DELETE ON `idempotency`
WHEN EXISTS (SELECT 1 FROM `placement` WHERE noted = 1 AND `chars` = substr(OLD.`author`, 10, 2))
BEGIN
	INSERT INTO `changes` (`chars`, `tbl`, `key`)
	VALUES (substr(OLD.`author`, 10, 2), 'idempotency', json_array(OLD.`author`, OLD.`key`));
END;
--> statement-breakpoint
CREATE TRIGGER `note_dead_letters_insert` AFTER INSERT ON `dead_letters`
WHEN EXISTS (SELECT 1 FROM `placement` WHERE noted = 1 AND `chars` = substr(NEW.`id`, 10, 2))
BEGIN
	INSERT INTO `changes` (`chars`, `tbl`, `key`)
	VALUES (substr(NEW.`id`, 10, 2), 'deadLetters', json_array(NEW.`id`));
END;
--> statement-breakpoint
CREATE TRIGGER `note_dead_letters_update` AFTER UPDATE ON `dead_letters`
WHEN EXISTS (SELECT 1 FROM `placement` WHERE noted = 1 AND `chars` = substr(NEW.`id`, 10, 2))
BEGIN
	INSERT INTO `changes` (`chars`, `tbl`, `key`)
	VALUES (substr(NEW.`id`, 10, 2), 'deadLetters', json_array(NEW.`id`));
END;
--> statement-breakpoint
CREATE TRIGGER `note_dead_letters_delete` AFTER DELETE ON `dead_letters`
WHEN EXISTS (SELECT 1 FROM `placement` WHERE noted = 1 AND `chars` = substr(OLD.`id`, 10, 2))
BEGIN
	INSERT INTO `changes` (`chars`, `tbl`, `key`)
	VALUES (substr(OLD.`id`, 10, 2), 'deadLetters', json_array(OLD.`id`));
END;
