CREATE TABLE `api_keys` (
	`prefix` text PRIMARY KEY NOT NULL,
	`principal_id` text NOT NULL,
	`name` text NOT NULL,
	`hash` text NOT NULL,
	`scopes` text NOT NULL,
	`workflow_id` text,
	`created_at` text NOT NULL,
	`expires_at` text,
	`revoked_at` text
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `run_steps` (
	`id` text PRIMARY KEY NOT NULL,
	`run_id` text NOT NULL,
	`step_id` text NOT NULL,
	`type` text NOT NULL,
	`status` text NOT NULL,
	`attempt` integer NOT NULL,
	`started_at` text NOT NULL,
	`ended_at` text,
	`output` text,
	`error` text,
	`seq` integer NOT NULL,
	FOREIGN KEY (`run_id`) REFERENCES `runs`(`id`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `runs` (
	`id` text PRIMARY KEY NOT NULL,
	`workflow_id` text NOT NULL,
	`workflow_version` integer NOT NULL,
	`status` text NOT NULL,
	`current_step` text,
	`context` text,
	`created_at` text NOT NULL,
	`updated_at` text NOT NULL,
	`ended_at` text,
	`idempotency_key` text,
	`created_by` text NOT NULL,
	`tags` text NOT NULL,
	`error` text,
	`output` text,
	`mock` integer NOT NULL,
	`tokens_prompt` integer NOT NULL,
	`tokens_output` integer NOT NULL,
	`cost_usd` real NOT NULL,
	`ai_calls` integer NOT NULL,
	`seq` integer NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `templates` (
	`id` text NOT NULL,
	`version` integer NOT NULL,
	`system` text,
	`prompt` text NOT NULL,
	`description` text,
	`created_at` text NOT NULL,
	`created_by` text NOT NULL,
	PRIMARY KEY(`id`, `version`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `workflow_versions` (
	`workflow_id` text NOT NULL,
	`version` integer NOT NULL,
	`definition` text NOT NULL,
	`hash` text NOT NULL,
	`created_at` text NOT NULL,
	`created_by` text NOT NULL,
	PRIMARY KEY(`workflow_id`, `version`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `workflows` (
	`id` text PRIMARY KEY NOT NULL,
	`version` integer NOT NULL,
	`name` text NOT NULL,
	`definition` text NOT NULL,
	`start_step` text NOT NULL,
	`hash` text NOT NULL,
	`template_ids` text NOT NULL,
	`created_at` text NOT NULL,
	`updated_at` text NOT NULL,
	`hidden_at` text
) WITHOUT ROWID;
