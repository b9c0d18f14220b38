-- What counts, of the topics' records. Topics have records more than once (delivery is at least once, and the same request is seen
-- in telemetry and in session files): every view takes each thing once.
--
-- Exact are the views over results of the spend job: ledger_spend, ledger_rows, standing_alerts, month_spend. Over telemetry
-- (requests, spend, sessions, accept_rate, …) they are an analyst's view: where a rule of the ledger is left out, it says so.

-- Requests, each once, by its best copy: reported micro-USD before reported decimals before none; then main line before
-- sidechain, most output tokens, most tokens, earliest. Left out of what the ledger does:
--   * a copy that shares only its second or third id with another one counts as a request of its own;
--   * of a request with an advisor's answer (session files) only the best part counts;
--   * a request without a reported cost is not priced from its tokens: spend_micros is 0 and priced is FALSE;
--   * records that name nobody stay with 'unattributed', though another record of their session names somebody;
--   * the cost team is telemetry's, not the directory's;
--   * sessions that only counters tell of are missing.
CREATE VIEW requests AS
SELECT
    org_id, request, event_id, occurred_at, received_at, source, historical, `user`, session_id, prompt_id,
    model, product, team, repository, mcp_server, skill, terminal, remote, agent, query_source, fast,
    spend_micros, priced, input_tokens, output_tokens, cache_read_tokens, cache_creation_tokens, attributes
FROM (
    SELECT
        *,
        ROW_NUMBER() OVER (
            PARTITION BY org_id, request
            ORDER BY cost_rank, sidechain, output_tokens DESC, tokens DESC, occurred_at, event_id) AS place
    FROM (
        SELECT
            *,
            COALESCE(request_id, client_request_id, message_id, event_id) AS request,
            COALESCE(actor.email, actor.account_id, actor.account_uuid, actor.end_user_id, 'unattributed') AS `user`,
            COALESCE(reported_cost_micros, CAST(ROUND(reported_cost_usd * 1000000) AS BIGINT), 0) AS spend_micros,
            reported_cost_micros IS NOT NULL OR reported_cost_usd IS NOT NULL AS priced,
            CASE WHEN reported_cost_micros IS NOT NULL THEN 1 WHEN reported_cost_usd IS NOT NULL THEN 2 ELSE 3 END AS cost_rank,
            input_tokens + output_tokens + cache_read_tokens + cache_creation_tokens AS tokens
        FROM `usage`
        -- Late: received when the month had been closed for 35 days. Imports never are.
        WHERE historical OR received_at < FLOOR(occurred_at TO MONTH) + INTERVAL '1' MONTH + INTERVAL '35' DAY
    )
)
WHERE place = 1;

-- Spend by hour, from telemetry, in the shape of ledger_spend.
CREATE VIEW spend AS
SELECT
    org_id, starting_at, `user`, team, model, product, repository, mcp_server, skill, terminal, remote,
    SUM(spend_micros) AS spend_micros,
    COUNT(*) AS requests,
    SUM(input_tokens) AS input_tokens,
    SUM(output_tokens) AS output_tokens,
    SUM(cache_read_tokens) AS cache_read_tokens,
    SUM(cache_creation_tokens) AS cache_creation_tokens,
    SUM(CASE WHEN priced THEN 0 ELSE 1 END) AS unpriced_requests
FROM (
    SELECT
        org_id, FLOOR(occurred_at TO HOUR) AS starting_at, `user`, COALESCE(team, 'unassigned') AS team, model, product,
        repository, mcp_server, skill, terminal, remote, spend_micros, priced, input_tokens, output_tokens,
        cache_read_tokens, cache_creation_tokens
    FROM requests
)
GROUP BY org_id, starting_at, `user`, team, model, product, repository, mcp_server, skill, terminal, remote;

-- Spend by hour, exact: the newest version of each cell that the spend job has put out.
CREATE VIEW ledger_spend AS
SELECT
    org_id, starting_at, `user`, team, team_source, model, product, repository, mcp_server, skill,
    terminal, remote, basis,
    spend_micros, requests, input_tokens, output_tokens, cache_read_tokens, cache_creation_tokens, imported_in, segment_at
FROM (
    SELECT *, ROW_NUMBER() OVER (PARTITION BY kafka_key ORDER BY version DESC) AS place FROM spend_windows
)
WHERE place = 1;

-- What became of every record received, by hour of receipt: received is the sum of all others. Rows have no version; all of one
-- row are in one partition, so the last one is the newest.
CREATE VIEW ledger_rows AS
SELECT org_id, source, `hour`, received, accepted, duplicate, rejected, late, ignored, erased, superseded
FROM (
    SELECT *, ROW_NUMBER() OVER (PARTITION BY kafka_key ORDER BY kafka_offset DESC) AS place FROM ledger
)
WHERE place = 1;

-- What each user, pool and organization has spent in a month, exact.
CREATE VIEW month_spend AS
SELECT org_id, subject_type, subject, `month`, day_micros
FROM (
    SELECT
        *,
        ROW_NUMBER() OVER (PARTITION BY org_id, subject_type, subject, `month` ORDER BY version DESC) AS place
    FROM budgets
)
WHERE place = 1;

-- The final set of alerts: those that fired and were not resolved, each once, as first told.
CREATE VIEW standing_alerts AS
SELECT
    org_id, id, kind, `user`, scope_type, scope_id, cap_id, cap_version, `period`, period_start, amount_micros, threshold,
    occurrence, cause, spend_before_micros, spend_after_micros, crossing_event_id, late, `at`
FROM (
    SELECT
        *,
        ROW_NUMBER() OVER (
            PARTITION BY org_id, id
            ORDER BY CASE status WHEN 'resolved' THEN 1 ELSE 2 END, `at`) AS place
    FROM alerts
)
WHERE place = 1 AND status = 'firing';

-- Activity, each event once. An event in telemetry and in a session file is two events with ids of their own; prompts,
-- tool_decisions and tool_results have those once.
CREATE VIEW events AS
SELECT
    org_id, event_id, occurred_at, received_at, source, historical,
    COALESCE(actor.email, actor.account_id, actor.account_uuid, actor.end_user_id, 'unattributed') AS `user`,
    session_id, `sequence`, name, prompt_id, product, team, repository, attributes
FROM (
    SELECT *, ROW_NUMBER() OVER (PARTITION BY org_id, event_id ORDER BY received_at) AS place FROM activity
)
WHERE place = 1;

-- Prompts of people, each once: telemetry before session files, where they have the same message uuid.
CREATE VIEW prompts AS
SELECT org_id, occurred_at, `user`, session_id, prompt_id, repository, prompt_length, command_name
FROM (
    SELECT
        *,
        CAST(attributes['prompt_length'] AS BIGINT) AS prompt_length,
        attributes['command_name'] AS command_name,
        ROW_NUMBER() OVER (
            PARTITION BY org_id, COALESCE(attributes['message.uuid'], event_id)
            ORDER BY CASE source WHEN 'otlp-logs' THEN 1 ELSE 2 END, occurred_at) AS place
    FROM events
    WHERE name = 'user_prompt'
)
WHERE place = 1;

-- Permission decisions, one for each tool call: telemetry before session files. tool is an MCP tool's own name where that was sent.
CREATE VIEW tool_decisions AS
SELECT org_id, occurred_at, `user`, session_id, prompt_id, repository, tool, mcp_server, tool_use_id, decision, decided_by, by_person
FROM (
    SELECT
        *,
        COALESCE(JSON_VALUE(attributes['tool_parameters'], '$.mcp_tool_name'), attributes['tool_name'], 'unknown') AS tool,
        JSON_VALUE(attributes['tool_parameters'], '$.mcp_server_name') AS mcp_server,
        COALESCE(attributes['tool_use_id'], event_id) AS tool_use_id,
        attributes['decision'] AS decision,
        attributes['source'] AS decided_by,
        COALESCE(attributes['source'], '') IN ('user_permanent', 'user_temporary', 'user_abort', 'user_reject') AS by_person,
        ROW_NUMBER() OVER (
            PARTITION BY org_id, COALESCE(attributes['tool_use_id'], event_id)
            ORDER BY CASE source WHEN 'otlp-logs' THEN 1 ELSE 2 END, occurred_at) AS place
    FROM events
    WHERE name = 'tool_decision'
)
WHERE place = 1;

-- Tool calls that ended, each once: telemetry before session files, which know no duration.
CREATE VIEW tool_results AS
SELECT org_id, occurred_at, `user`, session_id, prompt_id, repository, tool, mcp_server, tool_use_id, success, duration_ms, error_type
FROM (
    SELECT
        *,
        COALESCE(JSON_VALUE(attributes['tool_parameters'], '$.mcp_tool_name'), attributes['tool_name'], 'unknown') AS tool,
        JSON_VALUE(attributes['tool_parameters'], '$.mcp_server_name') AS mcp_server,
        COALESCE(attributes['tool_use_id'], event_id) AS tool_use_id,
        COALESCE(attributes['success'], 'true') = 'true' AS success,
        TRY_CAST(attributes['duration_ms'] AS BIGINT) AS duration_ms,
        attributes['error_type'] AS error_type,
        ROW_NUMBER() OVER (
            PARTITION BY org_id, COALESCE(attributes['tool_use_id'], event_id)
            ORDER BY CASE source WHEN 'otlp-logs' THEN 1 ELSE 2 END, occurred_at) AS place
    FROM events
    WHERE name = 'tool_result'
)
WHERE place = 1;

-- Share of accepted edits in both definitions: of all decisions, and of those that a person made. NULL: there was none.
CREATE VIEW accept_rate AS
SELECT
    org_id, `user`, tool,
    COUNT(*) AS decisions,
    COUNT(*) FILTER (WHERE decision = 'accept') AS accepted,
    CAST(COUNT(*) FILTER (WHERE decision = 'accept') AS DECIMAL(18, 4)) / COUNT(*) AS rate,
    COUNT(*) FILTER (WHERE by_person) AS decisions_by_person,
    COUNT(*) FILTER (WHERE by_person AND decision = 'accept') AS accepted_by_person,
    CAST(COUNT(*) FILTER (WHERE by_person AND decision = 'accept') AS DECIMAL(18, 4))
        / NULLIF(COUNT(*) FILTER (WHERE by_person), 0) AS rate_by_person
FROM tool_decisions
WHERE tool IN ('Edit', 'Write', 'NotebookEdit', 'MultiEdit')
GROUP BY org_id, `user`, tool;

-- What counters grew by: each point once; a cumulative one less the one before it of its series and start, and whole where the
-- counter fell, since it then began anew. Only for queries that end: it needs the points in order. Left out: points of a session
-- that also has events tell the same again, so never add spend of the two.
CREATE VIEW growth AS
SELECT
    org_id, occurred_at, `user`, session_id, metric, type, model, team, repository, attributes,
    CASE WHEN temporality = 'DELTA' OR before IS NULL OR `value` < before THEN `value` ELSE `value` - before END AS amount
FROM (
    SELECT
        *,
        COALESCE(actor.email, actor.account_id, actor.account_uuid, actor.end_user_id, 'unattributed') AS `user`,
        LAG(`value`) OVER (PARTITION BY org_id, series_id, start_at, temporality ORDER BY occurred_at) AS before
    FROM (
        SELECT *, ROW_NUMBER() OVER (PARTITION BY org_id, event_id ORDER BY received_at) AS place FROM counters
    )
    WHERE place = 1
);

-- Sessions: whose, when, what was spent and done in them, from events. Those that only counters tell of are missing.
CREATE VIEW sessions AS
SELECT
    org_id, session_id,
    -- Of a session of two people the first name in alphabetical order; the ledger books each request on its own.
    COALESCE(MIN(NULLIF(`user`, 'unattributed')), 'unattributed') AS `user`,
    MIN(occurred_at) AS started_at,
    MAX(occurred_at) AS ended_at,
    SUM(spend_micros) AS spend_micros,
    SUM(requests) AS requests,
    SUM(prompts) AS prompts,
    SUM(tool_calls) AS tool_calls,
    SUM(rejected_calls) AS rejected_calls,
    SUM(errors) AS errors
FROM (
    SELECT org_id, session_id, `user`, occurred_at, spend_micros, 1 AS requests, 0 AS prompts, 0 AS tool_calls,
        0 AS rejected_calls, 0 AS errors
    FROM requests
    UNION ALL
    SELECT org_id, session_id, `user`, occurred_at, 0, 0, 1, 0, 0, 0 FROM prompts
    UNION ALL
    SELECT org_id, session_id, `user`, occurred_at, 0, 0, 0, 1, CASE decision WHEN 'reject' THEN 1 ELSE 0 END, 0
    FROM tool_decisions
    UNION ALL
    SELECT org_id, session_id, `user`, occurred_at, 0, 0, 0, 0, 0, CASE name WHEN 'api_error' THEN 1 ELSE 0 END
    FROM events
    WHERE name NOT IN ('user_prompt', 'tool_decision', 'tool_result')
)
WHERE session_id IS NOT NULL
GROUP BY org_id, session_id;

-- Messages, each in its newest form; none that was deleted.
CREATE VIEW messages AS
SELECT
    org_id, event_id, occurred_at, source, conversation_id, message_id, `role`, model, product, text, attributes,
    COALESCE(actor.email, actor.account_id, actor.account_uuid, actor.end_user_id, 'unattributed') AS `user`
FROM (
    SELECT *, ROW_NUMBER() OVER (PARTITION BY kafka_key ORDER BY kafka_offset DESC) AS place FROM content
)
WHERE place = 1 AND org_id IS NOT NULL;

-- Documents of the directory and of limits as they are now.
CREATE VIEW directory_now AS
SELECT org_id, kind, id, version, effective_at, `user`, team, `group`, membership, `role`, seats, seat_request, organization
FROM (
    SELECT *, ROW_NUMBER() OVER (PARTITION BY org_id, kind, id ORDER BY version DESC) AS place FROM directory
)
WHERE place = 1 AND NOT deleted;

CREATE VIEW caps_now AS
SELECT org_id, kind, id, version, effective_at, cap, settings, increase_request
FROM (
    SELECT *, ROW_NUMBER() OVER (PARTITION BY org_id, kind, id ORDER BY version DESC) AS place FROM caps
)
WHERE place = 1 AND NOT deleted;

-- What sessions did, exact: one row for each session, hour and combination of labels. Figures are sums over them.
CREATE VIEW code_metric_rows AS
SELECT *
FROM (
    SELECT *, ROW_NUMBER() OVER (PARTITION BY row_id ORDER BY version DESC) AS place FROM code_metrics
)
WHERE place = 1 AND NOT `empty`;

-- How many people used Claude Code by day, ISO week and month, exact unless approximate.
CREATE VIEW active_people AS
SELECT org_id, `period`, starting_at, dimension, `value`, `users`, approximate
FROM (
    SELECT
        *,
        ROW_NUMBER() OVER (
            PARTITION BY org_id, `period`, starting_at, dimension, `value` ORDER BY version DESC
        ) AS place
    FROM active_users
)
WHERE place = 1;

-- What Anthropic reports now.
CREATE VIEW reported_rows AS
SELECT *
FROM (
    SELECT *, ROW_NUMBER() OVER (PARTITION BY row_id ORDER BY fetched_at DESC) AS place FROM reported
)
WHERE place = 1 AND NOT gone;
