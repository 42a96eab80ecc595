CREATE TABLE `run_tags` (
	`tag` text NOT NULL,
	`created_at` text NOT NULL,
	`run_id` text NOT NULL,
	PRIMARY KEY(`tag`, `created_at`, `run_id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `runs_by_status` ON `runs` (`status`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `runs_by_workflow` ON `runs` (`workflow_id`,`status`,`created_at`,`id`);--> statement-breakpoint
INSERT OR IGNORE INTO `run_tags` (`tag`, `created_at`, `run_id`)
SELECT `tag`.`value`, `runs`.`created_at`, `runs`.`id` FROM `runs`, json_each(`runs`.`tags`) AS `tag`;
