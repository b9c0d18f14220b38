-- Question 15: How long do tools and API calls take (p50, p95)?
-- From events, milliseconds. What has no duration (session files) is left out.
SELECT
    org_id, kind, name,
    COUNT(*) AS calls,
    CAST(PERCENTILE(duration_ms, 0.5) AS BIGINT) AS p50_ms,
    CAST(PERCENTILE(duration_ms, 0.95) AS BIGINT) AS p95_ms,
    MAX(duration_ms) AS longest_ms
FROM (
    SELECT org_id, 'tool' AS kind, tool AS name, duration_ms FROM tool_results
    UNION ALL
    SELECT org_id, 'api', model, TRY_CAST(attributes['duration_ms'] AS BIGINT) FROM requests
)
WHERE duration_ms IS NOT NULL
GROUP BY org_id, kind, name
ORDER BY org_id, kind, name
LIMIT 100;
