CREATE TABLE `imported` (
	`owner` text NOT NULL,
	`key` text NOT NULL,
	`post` text NOT NULL,
	`state` integer NOT NULL,
	PRIMARY KEY(`owner`, `key`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `imported_by_post` ON `imported` (`post`) WHERE state < 2;
--> statement-breakpoint
CREATE TRIGGER `note_imported_insert` AFTER INSERT ON `imported`
WHEN EXISTS (SELECT 1 FROM `placement` WHERE noted = 1 AND `chars` = substr(NEW.`owner`, 10, 2))
BEGIN
	INSERT INTO `changes` (`chars`, `tbl`, `key`)
	VALUES (substr(NEW.`owner`, 10, 2), 'imported', json_array(NEW.`owner`, NEW.`key`));
END;
--> statement-breakpoint
CREATE TRIGGER `note_imported_update` AFTER UPDATE ON `imported`
WHEN EXISTS (SELECT 1 FROM `placement` WHERE noted = 1 AND `chars` = substr(NEW.`owner`, 10, 2))
BEGIN
	INSERT INTO `changes` (`chars`, `tbl`, `key`)
	VALUES (substr(NEW.`owner`, 10, 2), 'imported', json_array(NEW.`owner`, NEW.`key`));
END;
--> statement-breakpoint
CREATE TRIGGER `note_imported_delete` AFTER DELETE ON `imported`
WHEN EXISTS (SELECT 1 FROM `placement` WHERE noted = 1 AND `chars` = substr(OLD.`owner`, 10, 2))
BEGIN
	INSERT INTO `changes` (`chars`, `tbl`, `key`)
	VALUES (substr(OLD.`owner`, 10, 2), 'imported', json_array(OLD.`owner`, OLD.`key`));
END;
