-- Question 19: Which calls were denied, by whom or what, and who changed to a looser permission mode?
-- From events, the newest first.
SELECT org_id, occurred_at, `user`, what, detail, decided_by
FROM (
    SELECT org_id, occurred_at, `user`, 'denied' AS what, tool AS detail, decided_by FROM tool_decisions WHERE decision = 'reject'
    UNION ALL
    SELECT
        org_id, occurred_at, `user`, 'looser mode',
        CONCAT(COALESCE(attributes['from_mode'], '?'), ' -> ', attributes['to_mode']), attributes['trigger']
    FROM events
    WHERE name = 'permission_mode_changed' AND attributes['to_mode'] IN ('acceptEdits', 'auto', 'dontAsk', 'bypassPermissions')
)
ORDER BY org_id, occurred_at DESC, `user`, detail
LIMIT 500;
