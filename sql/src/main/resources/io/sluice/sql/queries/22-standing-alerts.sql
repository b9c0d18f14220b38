-- Which alerts on spend hold now, that is, fired and were not resolved?
-- Exact.
SELECT
    org_id, COALESCE(`user`, scope_id, org_id) AS subject, `period`, DATE_FORMAT(period_start, 'yyyy-MM-dd') AS period_start, threshold,
    CAST(amount_micros * 0.000001 AS DECIMAL(18, 6)) AS limit_usd,
    CAST(spend_after_micros * 0.000001 AS DECIMAL(18, 6)) AS spend_usd,
    `at`
FROM standing_alerts
ORDER BY org_id, subject, `period`, period_start, threshold
LIMIT 500;
