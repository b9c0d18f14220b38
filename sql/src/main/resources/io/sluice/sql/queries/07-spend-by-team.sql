-- Question 7: Which team, department or cost centre spends what?
-- The team is exact (the directory's at the time, else telemetry's). Departments and cost centres are attributes that clients send, so
-- they come from events.
SELECT org_id, kind, name, CAST(SUM(spend_micros) * 0.000001 AS DECIMAL(18, 6)) AS spend_usd, SUM(requests) AS requests
FROM (
    SELECT org_id, 'team' AS kind, team AS name, spend_micros, requests FROM ledger_spend
    UNION ALL
    SELECT org_id, 'department', COALESCE(attributes['department'], '(none)'), spend_micros, 1 FROM requests
    UNION ALL
    SELECT org_id, 'cost-center', attributes['cost_center'], spend_micros, 1 FROM requests
    WHERE attributes['cost_center'] IS NOT NULL
)
GROUP BY org_id, kind, name
ORDER BY org_id, kind DESC, spend_usd DESC, name
LIMIT 200;
