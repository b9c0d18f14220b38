-- Question 14: Which tools are used most and how often do they fail?
-- From tool results; calls that were rejected have none.
SELECT
    org_id, tool,
    COUNT(*) AS calls,
    COUNT(*) FILTER (WHERE NOT success) AS failed,
    CAST(CAST(COUNT(*) FILTER (WHERE NOT success) AS DECIMAL(18, 4)) / COUNT(*) AS DECIMAL(5, 4)) AS failure_rate
FROM tool_results
GROUP BY org_id, tool
ORDER BY org_id, calls DESC, tool
LIMIT 100;
