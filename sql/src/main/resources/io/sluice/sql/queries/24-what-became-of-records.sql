-- What became of every record that was received, and is none missing?
-- Exact. balanced: received is the sum of all others; FALSE while records are on their way through the job.
SELECT
    org_id, source, SUM(received) AS received, SUM(accepted) AS accepted, SUM(duplicate) AS duplicate, SUM(rejected) AS rejected,
    SUM(late) AS late, SUM(ignored) AS ignored, SUM(erased) AS erased, SUM(superseded) AS superseded,
    SUM(received) = SUM(accepted + duplicate + rejected + late + ignored + erased + superseded) AS balanced
FROM ledger_rows
GROUP BY org_id, source
ORDER BY org_id, source
LIMIT 200;
