-- Question 9: How much is main thread, subagent, auxiliary work?
-- From events.
SELECT
    org_id,
    CASE
        WHEN query_source IS NULL OR query_source = 'sdk' OR query_source LIKE 'repl_main_thread%' THEN 'main'
        WHEN query_source LIKE 'agent:%' OR query_source = 'hook_agent' THEN 'subagent'
        ELSE 'auxiliary'
    END AS work,
    CAST(SUM(spend_micros) * 0.000001 AS DECIMAL(18, 6)) AS spend_usd,
    COUNT(*) AS requests,
    SUM(output_tokens) AS output_tokens
FROM requests
GROUP BY
    org_id,
    CASE
        WHEN query_source IS NULL OR query_source = 'sdk' OR query_source LIKE 'repl_main_thread%' THEN 'main'
        WHEN query_source LIKE 'agent:%' OR query_source = 'hook_agent' THEN 'subagent'
        ELSE 'auxiliary'
    END
ORDER BY org_id, spend_usd DESC, work
LIMIT 100;
