-- Question 12: How many lines, commits and pull requests are produced, and at what cost each?
-- Lines, commits and pull requests are counters, spend is the ledger's (exact). NULL: nothing was produced.
SELECT
    org_id, `user`, spend_usd, CAST(lines_added AS BIGINT) AS lines_added, CAST(lines_removed AS BIGINT) AS lines_removed,
    CAST(commits AS BIGINT) AS commits, CAST(pull_requests AS BIGINT) AS pull_requests,
    CAST(spend_usd / NULLIF(CAST(lines_added AS DECIMAL(18, 0)), 0) AS DECIMAL(18, 6)) AS usd_per_line_added,
    CAST(spend_usd / NULLIF(CAST(commits AS DECIMAL(18, 0)), 0) AS DECIMAL(18, 6)) AS usd_per_commit,
    CAST(spend_usd / NULLIF(CAST(pull_requests AS DECIMAL(18, 0)), 0) AS DECIMAL(18, 6)) AS usd_per_pull_request
FROM (
    SELECT
        org_id, `user`,
        CAST(SUM(spend_micros) * 0.000001 AS DECIMAL(18, 6)) AS spend_usd,
        SUM(lines_added) AS lines_added, SUM(lines_removed) AS lines_removed,
        SUM(commits) AS commits, SUM(pull_requests) AS pull_requests
    FROM (
        SELECT org_id, `user`, spend_micros, 0e0 AS lines_added, 0e0 AS lines_removed, 0e0 AS commits, 0e0 AS pull_requests
        FROM ledger_spend
        UNION ALL
        SELECT
            org_id, `user`, 0,
            CASE WHEN metric = 'claude_code.lines_of_code.count' AND type = 'added' THEN amount ELSE 0e0 END,
            CASE WHEN metric = 'claude_code.lines_of_code.count' AND type = 'removed' THEN amount ELSE 0e0 END,
            CASE metric WHEN 'claude_code.commit.count' THEN amount ELSE 0e0 END,
            CASE metric WHEN 'claude_code.pull_request.count' THEN amount ELSE 0e0 END
        FROM growth
        WHERE metric IN ('claude_code.lines_of_code.count', 'claude_code.commit.count', 'claude_code.pull_request.count')
    )
    GROUP BY org_id, `user`
)
ORDER BY org_id, spend_usd DESC, `user`
LIMIT 100;
