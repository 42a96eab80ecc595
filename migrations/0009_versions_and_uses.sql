ALTER TABLE `api_keys` ADD `secret_version` integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE `secrets` ADD `workflows` text;--> statement-breakpoint
ALTER TABLE `workflow_versions` ADD `template_ids` text;--> statement-breakpoint
ALTER TABLE `workflow_versions` ADD `secret_names` text;