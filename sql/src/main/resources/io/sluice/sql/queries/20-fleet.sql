-- Question 20: Which MCP servers, plugins and hooks run in the fleet, and on which client versions?
-- From events: in how many sessions, and of how many users, each was seen. Names come only with OTEL_LOG_TOOL_DETAILS=1.
SELECT
    org_id, kind, name, version,
    COUNT(DISTINCT session_id) AS sessions,
    COUNT(DISTINCT `user`) AS users
FROM (
    SELECT org_id, `user`, session_id, 'mcp server' AS kind, COALESCE(attributes['server_name'], '(not sent)') AS name,
        COALESCE(attributes['app.version'], attributes['service.version'], '(unknown)') AS version
    FROM events WHERE name = 'mcp_server_connection'
    UNION ALL
    SELECT org_id, `user`, session_id, 'plugin', COALESCE(attributes['plugin.name'], '(not sent)'),
        COALESCE(attributes['app.version'], attributes['service.version'], '(unknown)')
    FROM events WHERE name = 'plugin_loaded'
    UNION ALL
    SELECT org_id, `user`, session_id, 'hook', COALESCE(attributes['hook_event'], '(not sent)'),
        COALESCE(attributes['app.version'], attributes['service.version'], '(unknown)')
    FROM events WHERE name = 'hook_registered'
)
GROUP BY org_id, kind, name, version
ORDER BY org_id, kind, name, version
LIMIT 500;
