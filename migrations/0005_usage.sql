ALTER TABLE `run_steps` ADD `usage` text;--> statement-breakpoint
ALTER TABLE `runs` ADD `cost_unknown_calls` integer DEFAULT 0 NOT NULL;