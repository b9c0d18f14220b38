-- Question 16: What is the API error rate by status code and model, and where are retries exhausted?
-- From events. An error is a request that failed for good; the client's retries before that are not told. rate is of all requests of the
-- model, those that failed included.
SELECT
    org_id, model, status_code, errors, retries_exhausted,
    CAST(CAST(errors AS DECIMAL(18, 4)) / NULLIF(SUM(errors) OVER (PARTITION BY org_id, model) + MAX(succeeded) OVER (PARTITION BY org_id, model), 0) AS DECIMAL(5, 4)) AS rate
FROM (
    SELECT
        org_id, model, status_code,
        SUM(error) AS errors, SUM(exhausted) AS retries_exhausted, SUM(success) AS succeeded
    FROM (
        SELECT org_id, model, '-' AS status_code, 0 AS error, 0 AS exhausted, 1 AS success FROM requests
        UNION ALL
        SELECT
            org_id, COALESCE(attributes['model'], '(unknown)'), COALESCE(attributes['status_code'], '(none)'),
            CASE name WHEN 'api_error' THEN 1 ELSE 0 END, CASE name WHEN 'api_retries_exhausted' THEN 1 ELSE 0 END, 0
        FROM events
        WHERE name IN ('api_error', 'api_retries_exhausted')
    )
    GROUP BY org_id, model, status_code
)
ORDER BY org_id, model, status_code
LIMIT 200;
