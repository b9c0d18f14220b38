-- Question 2: Who spends most, and how is spend spread over users?
-- Exact. share is of the organization's spend, share_so_far that of the user and all who spend more.
SELECT
    org_id, `user`, spend_usd, requests,
    CAST(spend_usd / NULLIF(total, 0) AS DECIMAL(5, 4)) AS share,
    CAST(so_far / NULLIF(total, 0) AS DECIMAL(5, 4)) AS share_so_far
FROM (
    SELECT
        *,
        CAST(SUM(spend_usd) OVER (PARTITION BY org_id ORDER BY spend_usd DESC, `user`) AS DECIMAL(18, 6)) AS so_far,
        CAST(SUM(spend_usd) OVER (PARTITION BY org_id) AS DECIMAL(18, 6)) AS total
    FROM (
        SELECT
            org_id, `user`,
            CAST(SUM(spend_micros) * 0.000001 AS DECIMAL(18, 6)) AS spend_usd,
            SUM(requests) AS requests
        FROM ledger_spend
        GROUP BY org_id, `user`
    )
)
ORDER BY org_id, spend_usd DESC, `user`
LIMIT 100;
