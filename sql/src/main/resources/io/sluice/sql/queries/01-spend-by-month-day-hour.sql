-- Question 1: What did we spend in the last hour, day, month?
-- Exact. A row without hour is a day's total, one without day a month's; the newest first.
SELECT
    org_id, `month`, `day`, `hour`,
    CAST(SUM(spend_micros) * 0.000001 AS DECIMAL(18, 6)) AS spend_usd,
    SUM(requests) AS requests
FROM (
    SELECT
        *,
        DATE_FORMAT(starting_at, 'yyyy-MM') AS `month`,
        DATE_FORMAT(starting_at, 'yyyy-MM-dd') AS `day`,
        DATE_FORMAT(starting_at, 'HH:00') AS `hour`
    FROM ledger_spend
)
GROUP BY GROUPING SETS ((org_id, `month`), (org_id, `month`, `day`), (org_id, `month`, `day`, `hour`))
ORDER BY org_id, `month` DESC, `day` DESC, `hour` DESC
LIMIT 200;
