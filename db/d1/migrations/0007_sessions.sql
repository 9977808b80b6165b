CREATE TABLE `identities` (
	`account` text NOT NULL,
	`issuer` text NOT NULL,
	`sub` text NOT NULL,
	PRIMARY KEY(`account`, `issuer`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `sessions` (
	`account` text NOT NULL,
	`id` text NOT NULL,
	`family` text NOT NULL,
	`current` text NOT NULL,
	`previous` text,
	`nonce` text,
	`rotated_ms` integer NOT NULL,
	`device` text NOT NULL,
	`ended_ms` integer,
	PRIMARY KEY(`account`, `id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `subjects` (
	`subject` text PRIMARY KEY NOT NULL,
	`account` text NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TRIGGER `note_identities_insert` AFTER INSERT ON `identities`
WHEN EXISTS (SELECT 1 FROM `placement` WHERE noted = 1 AND `chars` = substr(NEW.`account`, 10, 2))
BEGIN
	INSERT INTO `changes` (`chars`, `tbl`, `key`)
	VALUES (substr(NEW.`account`, 10, 2), 'identities', json_array(NEW.`account`, NEW.`issuer`));
END;
--> statement-breakpoint
CREATE TRIGGER `note_identities_update` AFTER UPDATE ON `identities`
WHEN EXISTS (SELECT 1 FROM `placement` WHERE noted = 1 AND `chars` = substr(NEW.`account`, 10, 2))
BEGIN
	INSERT INTO `changes` (`chars`, `tbl`, `key`)
	VALUES (substr(NEW.`account`, 10, 2), 'identities', json_array(NEW.`account`, NEW.`issuer`));
END;
--> statement-breakpoint
CREATE TRIGGER `note_identities_delete` AFTER DELETE ON `identities`
WHEN EXISTS (SELECT 1 FROM `placement` WHERE noted = 1 AND `chars` = substr(OLD.`account`, 10, 2))
BEGIN
	INSERT INTO `changes` (`chars`, `tbl`, `key`)
	VALUES (substr(OLD.`account`, 10, 2), 'identities', json_array(OLD.`account`, OLD.`issuer`));
END;
--> statement-breakpoint
CREATE TRIGGER `note_sessions_insert` AFTER INSERT ON `sessions`
WHEN EXISTS (SELECT 1 FROM `placement` WHERE noted = 1 AND `chars` = substr(NEW.`account`, 10, 2))
BEGIN
	INSERT INTO `changes` (`chars`, `tbl`, `key`)
	VALUES (substr(NEW.`account`, 10, 2), 'sessions', json_array(NEW.`account`, NEW.`id`));
END;
--> statement-breakpoint
CREATE TRIGGER `note_sessions_update` AFTER UPDATE ON `sessions`
WHEN EXISTS (SELECT 1 FROM `placement` WHERE noted = 1 AND `chars` = substr(NEW.`account`, 10, 2))
BEGIN
	INSERT INTO `changes` (`chars`, `tbl`, `key`)
	VALUES (substr(NEW.`account`, 10, 2), 'sessions', json_array(NEW.`account`, NEW.`id`));
END;
--> statement-breakpoint
CREATE TRIGGER `note_sessions_delete` AFTER DELETE ON `sessions`
WHEN EXISTS (SELECT 1 FROM `placement` WHERE noted = 1 AND `chars` = substr(OLD.`account`, 10, 2))
BEGIN
	INSERT INTO `changes` (`chars`, `tbl`, `key`)
	VALUES (substr(OLD.`account`, 10, 2), 'sessions', json_array(OLD.`account`, OLD.`id`));
END;
--> statement-breakpoint
CREATE TRIGGER `note_subjects_insert` AFTER INSERT ON `subjects`
WHEN EXISTS (SELECT 1 FROM `placement` WHERE noted = 1 AND `chars` = substr(NEW.`subject`, 10, 2))
BEGIN
	INSERT INTO `changes` (`chars`, `tbl`, `key`)
	VALUES (substr(NEW.`subject`, 10, 2), 'subjects', json_array(NEW.`subject`));
END;
--> statement-breakpoint
CREATE TRIGGER `note_subjects_update` AFTER UPDATE ON `subjects`
WHEN EXISTS (SELECT 1 FROM `placement` WHERE noted = 1 AND `chars` = substr(NEW.`subject`, 10, 2))
BEGIN
	INSERT INTO `changes` (`chars`, `tbl`, `key`)
	VALUES (substr(NEW.`subject`, 10, 2), 'subjects', json_array(NEW.`subject`));
END;
--> statement-breakpoint
CREATE TRIGGER `note_subjects_delete` AFTER DELETE ON `subjects`
WHEN EXISTS (SELECT 1 FROM `placement` WHERE noted = 1 AND `chars` = substr(OLD.`subject`, 10, 2))
BEGIN
	INSERT INTO `changes` (`chars`, `tbl`, `key`)
	VALUES (substr(OLD.`subject`, 10, 2), 'subjects', json_array(OLD.`subject`));
END;
