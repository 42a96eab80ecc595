CREATE TABLE `write_keys` (
	`principal_id` text NOT NULL,
	`key` text NOT NULL,
	`fingerprint` text NOT NULL,
	`status` integer NOT NULL,
	`etag` text,
	`body` text NOT NULL,
	`created_at` text NOT NULL,
	PRIMARY KEY(`principal_id`, `key`)
) WITHOUT ROWID;
