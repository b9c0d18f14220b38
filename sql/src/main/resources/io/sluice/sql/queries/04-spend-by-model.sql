-- Question 4: Which models cause the cost?
-- Exact. The suffix [1m] is no price tier, so it is left away.
SELECT
    org_id, REGEXP_REPLACE(model, '\[.*\]$', '') AS model,
    CAST(SUM(spend_micros) * 0.000001 AS DECIMAL(18, 6)) AS spend_usd,
    SUM(requests) AS requests,
    COUNT(DISTINCT `user`) AS users
FROM ledger_spend
GROUP BY org_id, REGEXP_REPLACE(model, '\[.*\]$', '')
ORDER BY org_id, spend_usd DESC, model
LIMIT 100;
