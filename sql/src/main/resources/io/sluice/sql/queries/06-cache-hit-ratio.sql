-- Question 6: What is the cache hit ratio: cache read of all that a prompt consists of?
-- Exact, by user and model.
SELECT
    org_id, `user`, model,
    SUM(cache_read_tokens) AS cache_read,
    SUM(cache_read_tokens + cache_creation_tokens + input_tokens) AS prompt_tokens,
    CAST(CAST(SUM(cache_read_tokens) AS DECIMAL(20, 4))
        / NULLIF(SUM(cache_read_tokens + cache_creation_tokens + input_tokens), 0) AS DECIMAL(5, 4)) AS hit_ratio
FROM ledger_spend
GROUP BY org_id, `user`, model
ORDER BY org_id, hit_ratio DESC, `user`, model
LIMIT 100;
