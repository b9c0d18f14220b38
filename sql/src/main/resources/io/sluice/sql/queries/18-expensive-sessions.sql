-- Question 18: Which sessions were the most expensive, and what happened in them?
-- From events.
SELECT
    org_id, session_id, `user`, started_at, CAST(spend_micros * 0.000001 AS DECIMAL(18, 6)) AS spend_usd,
    requests, prompts, tool_calls, rejected_calls, errors
FROM sessions
ORDER BY spend_micros DESC, org_id, session_id
LIMIT 20;
