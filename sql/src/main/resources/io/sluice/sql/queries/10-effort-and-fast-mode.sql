-- Question 10: What does a higher effort level or fast mode cost us?
-- From events: spend by effort and speed of each model, and the mean cost of a request.
SELECT
    org_id, model, COALESCE(attributes['effort'], '(none)') AS effort, CASE WHEN fast THEN 'fast' ELSE 'normal' END AS speed,
    CAST(SUM(spend_micros) * 0.000001 AS DECIMAL(18, 6)) AS spend_usd,
    COUNT(*) AS requests,
    CAST(SUM(spend_micros) * 0.000001 / COUNT(*) AS DECIMAL(18, 6)) AS usd_per_request
FROM requests
GROUP BY org_id, model, COALESCE(attributes['effort'], '(none)'), CASE WHEN fast THEN 'fast' ELSE 'normal' END
ORDER BY org_id, model, spend_usd DESC, effort, speed
LIMIT 200;
