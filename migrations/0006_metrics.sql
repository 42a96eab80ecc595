CREATE TABLE `metrics` (
	`name` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
-- Runs that are there already: by status, and their steps that have ended.
INSERT INTO `metrics` (`name`, `value`)
SELECT 'counters', json_group_object(key, amount) FROM (
	SELECT 'runs|' || status AS key, count(*) AS amount FROM runs GROUP BY status
	UNION ALL
	SELECT 'runs_started', count(*) FROM runs HAVING count(*) > 0
	UNION ALL
	SELECT 'steps|' || type || '|' || status, count(*) FROM run_steps
	WHERE status IN ('completed', 'failed', 'canceled') GROUP BY type, status
);
