CREATE TABLE `archive_pieces` (
	`run_id` text NOT NULL,
	`piece` integer NOT NULL,
	`format` integer NOT NULL,
	`data` text NOT NULL,
	PRIMARY KEY(`run_id`, `piece`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `cron_tasks` (
	`name` text PRIMARY KEY NOT NULL,
	`state` text,
	`next_at` text,
	`claim` text,
	`lease_until` text
) WITHOUT ROWID;
--> statement-breakpoint
ALTER TABLE `runs` ADD `archived_at` text;--> statement-breakpoint
ALTER TABLE `runs` ADD `archive_key_version` integer;