-- Question 11: Which skills, plugins, agents or MCP servers consume the budget?
-- From events; a request may be in several rows. Names come only with OTEL_LOG_TOOL_DETAILS=1.
SELECT org_id, kind, name, CAST(SUM(spend_micros) * 0.000001 AS DECIMAL(18, 6)) AS spend_usd, COUNT(*) AS requests
FROM (
    SELECT org_id, 'mcp server' AS kind, mcp_server AS name, spend_micros FROM requests WHERE mcp_server IS NOT NULL
    UNION ALL
    SELECT org_id, 'skill', skill, spend_micros FROM requests WHERE skill IS NOT NULL
    UNION ALL
    SELECT org_id, 'agent', agent, spend_micros FROM requests WHERE agent IS NOT NULL
    UNION ALL
    SELECT org_id, 'plugin', attributes['plugin.name'], spend_micros FROM requests WHERE attributes['plugin.name'] IS NOT NULL
)
GROUP BY org_id, kind, name
ORDER BY org_id, spend_usd DESC, kind, name
LIMIT 200;
