-- Question 3: How many distinct active users and sessions are there?
-- From events, by day. A user or session is active on a day on which it sent a request, a prompt or a tool decision.
SELECT
    org_id, `day`,
    COUNT(DISTINCT `user`) AS active_users,
    COUNT(DISTINCT session_id) AS sessions,
    COUNT(*) FILTER (WHERE what = 'request') AS requests,
    COUNT(*) FILTER (WHERE what = 'prompt') AS prompts
FROM (
    SELECT org_id, DATE_FORMAT(occurred_at, 'yyyy-MM-dd') AS `day`, `user`, session_id, 'request' AS what FROM requests
    UNION ALL
    SELECT org_id, DATE_FORMAT(occurred_at, 'yyyy-MM-dd'), `user`, session_id, 'prompt' FROM prompts
    UNION ALL
    SELECT org_id, DATE_FORMAT(occurred_at, 'yyyy-MM-dd'), `user`, session_id, 'decision' FROM tool_decisions
)
GROUP BY org_id, `day`
ORDER BY org_id, `day` DESC
LIMIT 100;
