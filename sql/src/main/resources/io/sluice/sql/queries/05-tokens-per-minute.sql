-- Question 5: How many tokens by type, per minute?
-- From events, by the time a request ended; minutes without requests have no row. The newest first.
SELECT
    org_id, DATE_FORMAT(occurred_at, 'yyyy-MM-dd HH:mm') AS `minute`,
    SUM(input_tokens) AS input,
    SUM(output_tokens) AS output,
    SUM(cache_read_tokens) AS cache_read,
    SUM(cache_creation_tokens) AS cache_creation
FROM requests
GROUP BY org_id, DATE_FORMAT(occurred_at, 'yyyy-MM-dd HH:mm')
ORDER BY org_id, `minute` DESC
LIMIT 500;
