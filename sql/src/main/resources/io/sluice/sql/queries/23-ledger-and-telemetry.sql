-- How far is the analysts' view of spend from the ledger's?
-- difference is 0 where both rest on reported costs of events. What else may differ, and why, is said at the view requests.
SELECT
    org_id, `user`,
    CAST(SUM(ledger) * 0.000001 AS DECIMAL(18, 6)) AS ledger_usd,
    CAST(SUM(telemetry) * 0.000001 AS DECIMAL(18, 6)) AS telemetry_usd,
    CAST((SUM(ledger) - SUM(telemetry)) * 0.000001 AS DECIMAL(18, 6)) AS difference_usd,
    SUM(unpriced) AS unpriced_requests
FROM (
    SELECT org_id, `user`, spend_micros AS ledger, 0 AS telemetry, 0 AS unpriced FROM ledger_spend
    UNION ALL
    SELECT org_id, `user`, 0, spend_micros, unpriced_requests FROM spend
)
GROUP BY org_id, `user`
ORDER BY org_id, `user`
LIMIT 500;
