-- Question 8: Which repository drives cost?
-- Exact. Clients send the repository only if told to (OTEL_METRICS_INCLUDE_REPOSITORY=1).
SELECT
    org_id, COALESCE(repository, '(unknown)') AS repository,
    CAST(SUM(spend_micros) * 0.000001 AS DECIMAL(18, 6)) AS spend_usd,
    SUM(requests) AS requests,
    COUNT(DISTINCT `user`) AS users
FROM ledger_spend
GROUP BY org_id, COALESCE(repository, '(unknown)')
ORDER BY org_id, spend_usd DESC, repository
LIMIT 100;
