ALTER TABLE `write_keys` ADD `claim` text;--> statement-breakpoint
ALTER TABLE `write_keys` ADD `lease_until` text;--> statement-breakpoint
ALTER TABLE `write_keys` ADD `key_version` integer;--> statement-breakpoint
ALTER TABLE `write_keys` ADD `wrapped_key` text;--> statement-breakpoint
CREATE INDEX `write_keys_by_age` ON `write_keys` (`created_at`);