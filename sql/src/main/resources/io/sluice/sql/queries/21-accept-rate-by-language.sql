-- Question 13: What share of proposed edits is accepted, by language?
-- From counters, which alone know the language, in both definitions: of all decisions, and of those that a person made.
SELECT
    org_id, `language`, tool, CAST(decisions AS BIGINT) AS decisions,
    CAST(accepted / NULLIF(decisions, 0e0) AS DECIMAL(5, 4)) AS rate,
    CAST(by_person AS BIGINT) AS by_person,
    CAST(accepted_by_person / NULLIF(by_person, 0e0) AS DECIMAL(5, 4)) AS rate_by_person
FROM (
    SELECT
        org_id, `language`, tool,
        SUM(amount) AS decisions,
        SUM(CASE WHEN decision = 'accept' THEN amount ELSE 0e0 END) AS accepted,
        SUM(CASE WHEN person THEN amount ELSE 0e0 END) AS by_person,
        SUM(CASE WHEN person AND decision = 'accept' THEN amount ELSE 0e0 END) AS accepted_by_person
    FROM (
        SELECT
            org_id, amount, COALESCE(attributes['language'], 'unknown') AS `language`,
            COALESCE(attributes['tool_name'], 'unknown') AS tool, attributes['decision'] AS decision,
            COALESCE(attributes['source'], '') IN ('user_permanent', 'user_temporary', 'user_abort', 'user_reject') AS person
        FROM growth
        WHERE metric = 'claude_code.code_edit_tool.decision'
    )
    GROUP BY org_id, `language`, tool
)
ORDER BY org_id, `language`, tool
LIMIT 200;
