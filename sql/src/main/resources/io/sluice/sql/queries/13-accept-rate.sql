-- Question 13: What share of proposed edits is accepted, by tool?
-- From tool decisions, in both definitions: of all, and of those that a person made. By language: 21-accept-rate-by-language.
SELECT
    org_id, tool,
    SUM(decisions) AS decisions,
    CAST(CAST(SUM(accepted) AS DECIMAL(18, 4)) / SUM(decisions) AS DECIMAL(5, 4)) AS rate,
    SUM(decisions_by_person) AS by_person,
    CAST(CAST(SUM(accepted_by_person) AS DECIMAL(18, 4)) / NULLIF(SUM(decisions_by_person), 0) AS DECIMAL(5, 4)) AS rate_by_person
FROM accept_rate
GROUP BY org_id, tool
ORDER BY org_id, tool
LIMIT 100;
