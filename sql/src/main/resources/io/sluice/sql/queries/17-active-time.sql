-- Question 17: How much active time is spent per user, and at what hours?
-- From counters, seconds: user is typing and reading, cli is the client at work. Hours are UTC.
SELECT
    org_id, `user`, DATE_FORMAT(occurred_at, 'HH:00') AS hour_of_day,
    CAST(COALESCE(SUM(amount) FILTER (WHERE type = 'user'), 0) AS DECIMAL(18, 3)) AS user_seconds,
    CAST(COALESCE(SUM(amount) FILTER (WHERE type = 'cli'), 0) AS DECIMAL(18, 3)) AS cli_seconds
FROM growth
WHERE metric = 'claude_code.active_time.total'
GROUP BY org_id, `user`, DATE_FORMAT(occurred_at, 'HH:00')
ORDER BY org_id, `user`, hour_of_day
LIMIT 500;
