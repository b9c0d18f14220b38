-- One table for each topic, named like it with _ for -. A table has every record of its topic, all copies and all versions:
-- what counts is in the views (views.sql).
--
-- Columns are fields of the record by name, see schemas/src/main/avro/sluice.avdl; a column may be left out. A long that is a
-- time may be a TIMESTAMP_LTZ(6). To add a table: copy one, name its topic and its record, list its columns.
--
-- The variable kafka is Kafka's address; bounded is latest-offset, so that a query ends, or unbounded when it is to go on.

CREATE TABLE sluice_topic WITH (
    'connector' = 'kafka',
    'properties.bootstrap.servers' = '${kafka}',
    'scan.startup.mode' = 'earliest-offset',
    'scan.bounded.mode' = '${bounded}',
    'format' = 'avro-single-object'
);

-- One billable request, as one source reported it.
CREATE TABLE `usage` (
    org_id STRING NOT NULL,
    event_id STRING NOT NULL,
    occurred_at TIMESTAMP_LTZ(6) NOT NULL,
    received_at TIMESTAMP_LTZ(6) NOT NULL,
    source STRING NOT NULL,
    historical BOOLEAN NOT NULL,
    actor ROW<account_id STRING, account_uuid STRING, email STRING, end_user_id STRING, installation_id STRING, api_key_name STRING> NOT NULL,
    session_id STRING,
    `sequence` BIGINT,
    request_id STRING,
    client_request_id STRING,
    message_id STRING,
    sidechain BOOLEAN NOT NULL,
    model STRING NOT NULL,
    product STRING NOT NULL,
    input_tokens BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    cache_read_tokens BIGINT NOT NULL,
    cache_creation_tokens BIGINT NOT NULL,
    cache_creation_5m_tokens BIGINT NOT NULL,
    cache_creation_1h_tokens BIGINT NOT NULL,
    web_search_requests BIGINT NOT NULL,
    fast BOOLEAN NOT NULL,
    batch BOOLEAN NOT NULL,
    inference_geo STRING,
    reported_cost_micros BIGINT,
    reported_cost_usd DOUBLE,
    team STRING,
    repository STRING,
    mcp_server STRING,
    skill STRING,
    agent STRING,
    query_source STRING,
    prompt_id STRING,
    terminal STRING,
    remote BOOLEAN NOT NULL,
    attributes MAP<STRING, STRING> NOT NULL,
    -- For windows of a query that goes on; what comes later than ten minutes is late for them.
    event_time AS CAST(occurred_at AS TIMESTAMP_LTZ(3)),
    WATERMARK FOR event_time AS event_time - INTERVAL '10' MINUTE
) WITH (
    'topic' = 'usage',
    'avro-single-object.record' = 'UsageEvent'
) LIKE sluice_topic (EXCLUDING ALL INCLUDING OPTIONS);

-- One point of an OTLP sum, as sent.
CREATE TABLE counters (
    org_id STRING NOT NULL,
    event_id STRING NOT NULL,
    occurred_at TIMESTAMP_LTZ(6) NOT NULL,
    received_at TIMESTAMP_LTZ(6) NOT NULL,
    source STRING NOT NULL,
    historical BOOLEAN NOT NULL,
    actor ROW<account_id STRING, account_uuid STRING, email STRING, end_user_id STRING, installation_id STRING, api_key_name STRING> NOT NULL,
    session_id STRING,
    metric STRING NOT NULL,
    unit STRING NOT NULL,
    temporality STRING NOT NULL,
    monotonic BOOLEAN NOT NULL,
    start_at TIMESTAMP_LTZ(6) NOT NULL,
    `value` DOUBLE NOT NULL,
    series_id STRING NOT NULL,
    product STRING NOT NULL,
    model STRING,
    type STRING,
    team STRING,
    repository STRING,
    mcp_server STRING,
    skill STRING,
    terminal STRING,
    remote BOOLEAN NOT NULL,
    attributes MAP<STRING, STRING> NOT NULL,
    event_time AS CAST(occurred_at AS TIMESTAMP_LTZ(3)),
    WATERMARK FOR event_time AS event_time - INTERVAL '10' MINUTE
) WITH (
    'topic' = 'counters',
    'avro-single-object.record' = 'CounterPoint'
) LIKE sluice_topic (EXCLUDING ALL INCLUDING OPTIONS);

-- Prompts, tool decisions and results, errors, settings: every event besides requests.
CREATE TABLE activity (
    org_id STRING NOT NULL,
    event_id STRING NOT NULL,
    occurred_at TIMESTAMP_LTZ(6) NOT NULL,
    received_at TIMESTAMP_LTZ(6) NOT NULL,
    source STRING NOT NULL,
    historical BOOLEAN NOT NULL,
    actor ROW<account_id STRING, account_uuid STRING, email STRING, end_user_id STRING, installation_id STRING, api_key_name STRING> NOT NULL,
    session_id STRING,
    `sequence` BIGINT,
    name STRING NOT NULL,
    prompt_id STRING,
    product STRING NOT NULL,
    team STRING,
    repository STRING,
    terminal STRING,
    remote BOOLEAN NOT NULL,
    attributes MAP<STRING, STRING> NOT NULL,
    event_time AS CAST(occurred_at AS TIMESTAMP_LTZ(3)),
    WATERMARK FOR event_time AS event_time - INTERVAL '10' MINUTE
) WITH (
    'topic' = 'activity',
    'avro-single-object.record' = 'ActivityEvent'
) LIKE sluice_topic (EXCLUDING ALL INCLUDING OPTIONS);

-- Messages. A deleted message is a row with nothing but its key; the rows before it stay until Kafka has compacted them. Use the
-- view messages, which shows no text of a deleted message.
CREATE TABLE content (
    kafka_key STRING,
    kafka_partition INT METADATA FROM 'partition' VIRTUAL,
    kafka_offset BIGINT METADATA FROM 'offset' VIRTUAL,
    org_id STRING,
    event_id STRING,
    occurred_at TIMESTAMP_LTZ(6),
    received_at TIMESTAMP_LTZ(6),
    source STRING,
    historical BOOLEAN,
    actor ROW<account_id STRING, account_uuid STRING, email STRING, end_user_id STRING, installation_id STRING, api_key_name STRING>,
    conversation_id STRING,
    message_id STRING,
    `role` STRING,
    model STRING,
    product STRING,
    text STRING,
    attributes MAP<STRING, STRING>,
    title STRING,
    project_id STRING,
    tool_names ARRAY<STRING>,
    tool_text STRING,
    files ARRAY<STRING>,
    deleted_upstream_at TIMESTAMP_LTZ(6)
) WITH (
    'topic' = 'content',
    'key.format' = 'raw',
    'key.fields' = 'kafka_key',
    'value.fields-include' = 'EXCEPT_KEY',
    'avro-single-object.record' = 'ContentEvent',
    'avro-single-object.null-values' = 'empty-row'
) LIKE sluice_topic (EXCLUDING ALL INCLUDING OPTIONS);

-- What a receiver alone can know: counts of what it received and ignored. Input of the ledger.
CREATE TABLE intake (
    org_id STRING NOT NULL,
    source STRING NOT NULL,
    `hour` TIMESTAMP_LTZ(6) NOT NULL,
    received BIGINT NOT NULL,
    accepted BIGINT NOT NULL,
    duplicate BIGINT NOT NULL,
    rejected BIGINT NOT NULL,
    late BIGINT NOT NULL,
    ignored BIGINT NOT NULL,
    erased BIGINT NOT NULL,
    superseded BIGINT NOT NULL
) WITH (
    'topic' = 'intake',
    'avro-single-object.record' = 'LedgerEntry'
) LIKE sluice_topic (EXCLUDING ALL INCLUDING OPTIONS);

-- Records that could not be used, and why.
CREATE TABLE dead_letters (
    org_id STRING NOT NULL,
    event_id STRING NOT NULL,
    received_at TIMESTAMP_LTZ(6) NOT NULL,
    source STRING NOT NULL,
    reason STRING NOT NULL,
    field STRING,
    message STRING NOT NULL,
    session_id STRING,
    name STRING
) WITH (
    'topic' = 'dead-letters',
    'avro-single-object.record' = 'DeadLetter'
) LIKE sluice_topic (EXCLUDING ALL INCLUDING OPTIONS);

-- What the spend job has computed: every version of every cell. The view ledger_spend has the newest.
CREATE TABLE spend_windows (
    kafka_key STRING,
    org_id STRING NOT NULL,
    starting_at TIMESTAMP_LTZ(6) NOT NULL,
    `user` STRING NOT NULL,
    team STRING NOT NULL,
    model STRING NOT NULL,
    product STRING NOT NULL,
    repository STRING,
    mcp_server STRING,
    skill STRING,
    basis STRING NOT NULL,
    spend_micros BIGINT NOT NULL,
    requests BIGINT NOT NULL,
    input_tokens BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    cache_read_tokens BIGINT NOT NULL,
    cache_creation_tokens BIGINT NOT NULL,
    imported_in INT NOT NULL,
    version BIGINT NOT NULL,
    team_source STRING NOT NULL,
    segment_at TIMESTAMP_LTZ(6) NOT NULL,
    terminal STRING,
    remote BOOLEAN NOT NULL
) WITH (
    'topic' = 'spend-windows',
    'key.format' = 'raw',
    'key.fields' = 'kafka_key',
    'value.fields-include' = 'EXCEPT_KEY',
    'avro-single-object.record' = 'SpendCell'
) LIKE sluice_topic (EXCLUDING ALL INCLUDING OPTIONS);

-- Counts of how records ended, every version of every row. The view ledger_rows has the newest.
CREATE TABLE ledger (
    kafka_key STRING,
    kafka_offset BIGINT METADATA FROM 'offset' VIRTUAL,
    org_id STRING NOT NULL,
    source STRING NOT NULL,
    `hour` TIMESTAMP_LTZ(6) NOT NULL,
    received BIGINT NOT NULL,
    accepted BIGINT NOT NULL,
    duplicate BIGINT NOT NULL,
    rejected BIGINT NOT NULL,
    late BIGINT NOT NULL,
    ignored BIGINT NOT NULL,
    erased BIGINT NOT NULL,
    superseded BIGINT NOT NULL
) WITH (
    'topic' = 'ledger',
    'key.format' = 'raw',
    'key.fields' = 'kafka_key',
    'value.fields-include' = 'EXCEPT_KEY',
    'avro-single-object.record' = 'LedgerEntry'
) LIKE sluice_topic (EXCLUDING ALL INCLUDING OPTIONS);

-- API tokens, without what could be used to find one.
CREATE TABLE tokens (
    stored_at TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL,
    id STRING NOT NULL,
    org_id STRING NOT NULL,
    name STRING NOT NULL,
    scopes ARRAY<STRING> NOT NULL,
    organization_ids ARRAY<STRING> NOT NULL,
    created_at TIMESTAMP_LTZ(6) NOT NULL,
    revoked_at TIMESTAMP_LTZ(6),
    expires_at TIMESTAMP_LTZ(6),
    linked_organizations ARRAY<STRING> NOT NULL,
    user_id STRING,
    replaces STRING,
    last_used_at TIMESTAMP_LTZ(6),
    user_label STRING
) WITH (
    'topic' = 'tokens',
    'avro-single-object.record' = 'Token'
) LIKE sluice_topic (EXCLUDING ALL INCLUDING OPTIONS);

-- Every version of every document of the directory: of the row columns the one that kind names is set.
CREATE TABLE directory (
    org_id STRING NOT NULL,
    kind STRING NOT NULL,
    id STRING NOT NULL,
    version BIGINT NOT NULL,
    effective_at TIMESTAMP_LTZ(6) NOT NULL,
    recorded_at TIMESTAMP_LTZ(6) NOT NULL,
    created_at TIMESTAMP_LTZ(6) NOT NULL,
    source STRING NOT NULL,
    changed_by STRING NOT NULL,
    deleted BOOLEAN NOT NULL,
    `user` ROW<user_name STRING, external_id STRING, emails ARRAY<STRING>, account_id STRING, account_uuid STRING, display_name STRING, active BOOLEAN, seat_tier STRING>,
    team ROW<team STRING>,
    `group` ROW<display_name STRING, external_id STRING, role_ids ARRAY<STRING>>,
    membership ROW<group_id STRING, user_id STRING>,
    `role` ROW<name STRING, description STRING, products ARRAY<STRING>, tools ARRAY<STRING>, mcp_servers ARRAY<STRING>, file_access STRING, spend_rights ARRAY<STRING>, admin_scopes ARRAY<STRING>>,
    seats ROW<purchased BIGINT, price_micros BIGINT>,
    seat_request ROW<user_id STRING, tier STRING, status STRING, reason STRING>,
    organization ROW<name STRING, plan STRING, parent_id STRING, default_role_ids ARRAY<STRING>, default_seat_tier STRING>
) WITH (
    'topic' = 'directory',
    'avro-single-object.record' = 'DirectoryVersion'
) LIKE sluice_topic (EXCLUDING ALL INCLUDING OPTIONS);

-- Every version of every limit, of the settings of limits, and of requests for more.
CREATE TABLE caps (
    org_id STRING NOT NULL,
    kind STRING NOT NULL,
    id STRING NOT NULL,
    version BIGINT NOT NULL,
    effective_at TIMESTAMP_LTZ(6) NOT NULL,
    recorded_at TIMESTAMP_LTZ(6) NOT NULL,
    created_at TIMESTAMP_LTZ(6) NOT NULL,
    changed_by STRING NOT NULL,
    deleted BOOLEAN NOT NULL,
    cap ROW<scope_type STRING, scope_id STRING, `period` STRING, amount_micros BIGINT, enabled BOOLEAN, thresholds ARRAY<INT>, reason STRING>,
    settings ROW<group_limit STRING, included ARRAY<ROW<tier STRING, `period` STRING, amount_micros BIGINT>>, warning_percent INT, write_upstream BOOLEAN, enforcement STRING, unreachable STRING>,
    increase_request ROW<user_id STRING, `period` STRING, status STRING, reason STRING, amount_micros BIGINT, limit_version BIGINT>
) WITH (
    'topic' = 'caps',
    'avro-single-object.record' = 'CapVersion'
) LIKE sluice_topic (EXCLUDING ALL INCLUDING OPTIONS);

-- Facts: each alert that fired or was resolved, possibly told twice. The view standing_alerts has those that hold.
CREATE TABLE alerts (
    org_id STRING NOT NULL,
    id STRING NOT NULL,
    kind STRING NOT NULL,
    status STRING NOT NULL,
    `user` STRING,
    scope_type STRING NOT NULL,
    scope_id STRING,
    cap_id STRING NOT NULL,
    cap_version BIGINT NOT NULL,
    `period` STRING NOT NULL,
    period_start TIMESTAMP_LTZ(6) NOT NULL,
    amount_micros BIGINT NOT NULL,
    threshold INT NOT NULL,
    occurrence INT NOT NULL,
    cause STRING NOT NULL,
    spend_before_micros BIGINT NOT NULL,
    spend_after_micros BIGINT NOT NULL,
    crossing_event_id STRING,
    late BOOLEAN NOT NULL,
    `at` TIMESTAMP_LTZ(6) NOT NULL,
    details MAP<STRING, STRING> NOT NULL
) WITH (
    'topic' = 'alerts',
    'avro-single-object.record' = 'Alert'
) LIKE sluice_topic (EXCLUDING ALL INCLUDING OPTIONS);

-- What each subject of limits has spent in a month, every version. The view month_spend has the newest.
CREATE TABLE budgets (
    org_id STRING NOT NULL,
    subject_type STRING NOT NULL,
    subject STRING NOT NULL,
    `month` INT NOT NULL,
    version BIGINT NOT NULL,
    day_micros ARRAY<BIGINT> NOT NULL,
    cuts ARRAY<TIMESTAMP_LTZ(6)> NOT NULL,
    cut_micros ARRAY<BIGINT> NOT NULL
) WITH (
    'topic' = 'budgets',
    'avro-single-object.record' = 'SpendMonth'
) LIKE sluice_topic (EXCLUDING ALL INCLUDING OPTIONS);

-- What destinations outside have acknowledged. Of several rows the one of the greatest version counts.
CREATE TABLE deliveries (
    org_id STRING NOT NULL,
    destination STRING NOT NULL,
    subject STRING NOT NULL,
    version BIGINT NOT NULL,
    delivered_at TIMESTAMP_LTZ(6) NOT NULL,
    attempts INT NOT NULL
) WITH (
    'topic' = 'deliveries',
    'avro-single-object.record' = 'Delivery'
) LIKE sluice_topic (EXCLUDING ALL INCLUDING OPTIONS);

-- Who did, or tried, what.
CREATE TABLE audit (
    org_id STRING NOT NULL,
    event_id STRING NOT NULL,
    occurred_at TIMESTAMP_LTZ(6) NOT NULL,
    actor STRING NOT NULL,
    action STRING NOT NULL,
    target STRING,
    outcome STRING NOT NULL,
    remote STRING NOT NULL,
    details MAP<STRING, STRING> NOT NULL
) WITH (
    'topic' = 'audit',
    'avro-single-object.record' = 'AuditRecord'
) LIKE sluice_topic (EXCLUDING ALL INCLUDING OPTIONS);

-- What sessions did, hour by hour, every version of every row. The view code_metric_rows has the newest.
CREATE TABLE code_metrics (
    kafka_key STRING,
    org_id STRING NOT NULL,
    row_id STRING NOT NULL,
    version BIGINT NOT NULL,
    starting_at TIMESTAMP_LTZ(6) NOT NULL,
    session_id STRING,
    `user` STRING NOT NULL,
    team STRING NOT NULL,
    team_source STRING NOT NULL,
    product STRING NOT NULL,
    repository STRING,
    terminal STRING,
    app_version STRING,
    remote BOOLEAN NOT NULL,
    `model` STRING,
    `tool` STRING,
    `language` STRING,
    mcp_server STRING,
    skill STRING,
    agent STRING,
    status STRING,
    `mode` STRING,
    sessions_started BIGINT NOT NULL,
    session_hours BIGINT NOT NULL,
    session_days BIGINT NOT NULL,
    session_weeks BIGINT NOT NULL,
    session_months BIGINT NOT NULL,
    prompts BIGINT NOT NULL,
    active_user_micros BIGINT NOT NULL,
    active_cli_micros BIGINT NOT NULL,
    lines_added BIGINT NOT NULL,
    lines_removed BIGINT NOT NULL,
    commits BIGINT NOT NULL,
    pull_requests BIGINT NOT NULL,
    accepted_config BIGINT NOT NULL,
    accepted_hook BIGINT NOT NULL,
    accepted_user_permanent BIGINT NOT NULL,
    accepted_user_temporary BIGINT NOT NULL,
    accepted_other BIGINT NOT NULL,
    rejected_config BIGINT NOT NULL,
    rejected_hook BIGINT NOT NULL,
    rejected_user_abort BIGINT NOT NULL,
    rejected_user_reject BIGINT NOT NULL,
    rejected_other BIGINT NOT NULL,
    tool_succeeded BIGINT NOT NULL,
    tool_failed BIGINT NOT NULL,
    api_requests BIGINT NOT NULL,
    api_errors BIGINT NOT NULL,
    api_retries BIGINT NOT NULL,
    api_retries_exhausted BIGINT NOT NULL,
    api_refusals BIGINT NOT NULL,
    mcp_connected BIGINT NOT NULL,
    mcp_failed BIGINT NOT NULL,
    mcp_disconnected BIGINT NOT NULL,
    skill_activations BIGINT NOT NULL,
    subagent_runs BIGINT NOT NULL,
    compactions BIGINT NOT NULL,
    mode_changes BIGINT NOT NULL,
    events_seen BIGINT NOT NULL,
    events_missing BIGINT NOT NULL,
    events_counters_difference BIGINT NOT NULL,
    session_days_counters_only BIGINT NOT NULL,
    points_wrong_temporality BIGINT NOT NULL,
    facts_late BIGINT NOT NULL,
    tool_duration_ms ARRAY<BIGINT> NOT NULL,
    api_duration_ms ARRAY<BIGINT> NOT NULL,
    active_minutes ARRAY<INT> NOT NULL,
    channels ARRAY<STRING> NOT NULL,
    ahead_micros BIGINT NOT NULL,
    first_at TIMESTAMP_LTZ(6) NOT NULL,
    last_at TIMESTAMP_LTZ(6) NOT NULL,
    `empty` BOOLEAN NOT NULL
) WITH (
    'topic' = 'code-metrics',
    'key.format' = 'raw',
    'key.fields' = 'kafka_key',
    'value.fields-include' = 'EXCEPT_KEY',
    'avro-single-object.record' = 'CodeMetricRow'
) LIKE sluice_topic (EXCLUDING ALL INCLUDING OPTIONS);

-- How many people used Claude Code, every version. The view active_people has the newest.
CREATE TABLE active_users (
    kafka_key STRING,
    org_id STRING NOT NULL,
    `period` STRING NOT NULL,
    starting_at TIMESTAMP_LTZ(6) NOT NULL,
    dimension STRING NOT NULL,
    `value` STRING NOT NULL,
    `users` BIGINT NOT NULL,
    approximate BOOLEAN NOT NULL,
    version BIGINT NOT NULL
) WITH (
    'topic' = 'active-users',
    'key.format' = 'raw',
    'key.fields' = 'kafka_key',
    'value.fields-include' = 'EXCEPT_KEY',
    'avro-single-object.record' = 'ActiveUsers'
) LIKE sluice_topic (EXCLUDING ALL INCLUDING OPTIONS);

-- What Anthropic reports, every version of every row. The view reported_rows has the newest.
CREATE TABLE reported (
    kafka_key STRING,
    org_id STRING NOT NULL,
    row_id STRING NOT NULL,
    report STRING NOT NULL,
    adapter STRING NOT NULL,
    starting_at TIMESTAMP_LTZ(6) NOT NULL,
    ending_at TIMESTAMP_LTZ(6) NOT NULL,
    fetched_at TIMESTAMP_LTZ(6) NOT NULL,
    refreshed_at TIMESTAMP_LTZ(6),
    gone BOOLEAN NOT NULL,
    actor STRING,
    product STRING,
    `model` STRING,
    dimensions MAP<STRING, STRING> NOT NULL,
    requests BIGINT,
    input_tokens BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    cache_read_tokens BIGINT NOT NULL,
    cache_creation_tokens BIGINT NOT NULL,
    cache_creation_5m_tokens BIGINT NOT NULL,
    cache_creation_1h_tokens BIGINT NOT NULL,
    total_tokens BIGINT,
    web_search_requests BIGINT NOT NULL,
    cost_micros BIGINT,
    list_cost_micros BIGINT,
    sessions BIGINT,
    lines_added BIGINT,
    lines_removed BIGINT,
    commits BIGINT,
    pull_requests BIGINT,
    tool_actions_accepted BIGINT,
    tool_actions_rejected BIGINT,
    counts MAP<STRING, BIGINT> NOT NULL,
    attributes MAP<STRING, STRING> NOT NULL
) WITH (
    'topic' = 'reported',
    'key.format' = 'raw',
    'key.fields' = 'kafka_key',
    'value.fields-include' = 'EXCEPT_KEY',
    'avro-single-object.record' = 'ReportedRow'
) LIKE sluice_topic (EXCLUDING ALL INCLUDING OPTIONS);

-- Which days of reports were read, every version. The newest is that of the greatest fetched_at.
CREATE TABLE reported_days (
    kafka_key STRING,
    org_id STRING NOT NULL,
    report STRING NOT NULL,
    adapter STRING NOT NULL,
    starting_at TIMESTAMP_LTZ(6) NOT NULL,
    ending_at TIMESTAMP_LTZ(6) NOT NULL,
    fetched_at TIMESTAMP_LTZ(6) NOT NULL,
    refreshed_at TIMESTAMP_LTZ(6),
    first_fetched_at TIMESTAMP_LTZ(6) NOT NULL,
    `rows` BIGINT NOT NULL,
    rejected BIGINT NOT NULL,
    cost_micros BIGINT,
    list_cost_micros BIGINT,
    first_cost_micros BIGINT,
    first_list_cost_micros BIGINT,
    incomplete BOOLEAN NOT NULL
) WITH (
    'topic' = 'reported-days',
    'key.format' = 'raw',
    'key.fields' = 'kafka_key',
    'value.fields-include' = 'EXCEPT_KEY',
    'avro-single-object.record' = 'ReportedDay'
) LIKE sluice_topic (EXCLUDING ALL INCLUDING OPTIONS);

-- What was decided about content: holds, erasures, retention, saved searches, in the order of number.
CREATE TABLE compliance (
    org_id STRING NOT NULL,
    `number` BIGINT NOT NULL,
    recorded_at TIMESTAMP_LTZ(6) NOT NULL,
    changed_by STRING NOT NULL,
    kind STRING NOT NULL,
    `hold` ROW<id STRING, matter STRING, reason STRING, targets ARRAY<ROW<kind STRING, conversation_ids ARRAY<STRING>, labels ARRAY<STRING>, user_ids ARRAY<STRING>, project_ids ARRAY<STRING>, documents ARRAY<STRING>, search_id STRING, product STRING, `until` TIMESTAMP_LTZ(6)>>>,
    `release` STRING,
    erasure ROW<id STRING, target ROW<kind STRING, conversation_ids ARRAY<STRING>, labels ARRAY<STRING>, user_ids ARRAY<STRING>, project_ids ARRAY<STRING>, documents ARRAY<STRING>, search_id STRING, product STRING, `until` TIMESTAMP_LTZ(6)>, reason STRING, due_at TIMESTAMP_LTZ(6), upstream BOOLEAN>,
    `start` STRING,
    retention ROW<classes ARRAY<ROW<id STRING, product STRING, group_id STRING, days INT>>>,
    saved_search ROW<id STRING, name STRING, query STRING>,
    forgotten_search STRING
) WITH (
    'topic' = 'compliance',
    'avro-single-object.record' = 'ComplianceChange'
) LIKE sluice_topic (EXCLUDING ALL INCLUDING OPTIONS);

-- How far erasures have come, every version.
CREATE TABLE receipts (
    org_id STRING NOT NULL,
    erasure_id STRING NOT NULL,
    version BIGINT NOT NULL,
    status STRING NOT NULL,
    start_number BIGINT NOT NULL,
    `found` BIGINT,
    erased BIGINT NOT NULL,
    held BIGINT NOT NULL,
    held_by ARRAY<STRING> NOT NULL,
    hidden_at TIMESTAMP_LTZ(6),
    erased_at TIMESTAMP_LTZ(6),
    receipt STRING,
    error STRING,
    `at` TIMESTAMP_LTZ(6) NOT NULL
) WITH (
    'topic' = 'receipts',
    'avro-single-object.record' = 'ErasureProgress'
) LIKE sluice_topic (EXCLUDING ALL INCLUDING OPTIONS);

-- The audit at its place in the chain of each organization.
CREATE TABLE audit_chain (
    org_id STRING NOT NULL,
    `number` BIGINT NOT NULL,
    previous_hash STRING NOT NULL,
    `hash` STRING NOT NULL,
    `record` ROW<org_id STRING, event_id STRING, occurred_at TIMESTAMP_LTZ(6), actor STRING, action STRING, target STRING, outcome STRING, remote STRING, details MAP<STRING, STRING>> NOT NULL
) WITH (
    'topic' = 'audit-chain',
    'avro-single-object.record' = 'AuditEntry'
) LIKE sluice_topic (EXCLUDING ALL INCLUDING OPTIONS);

-- What Anthropic's activity feed tells.
CREATE TABLE compliance_activities (
    org_id STRING NOT NULL,
    activity_id STRING NOT NULL,
    created_at TIMESTAMP_LTZ(6) NOT NULL,
    fetched_at TIMESTAMP_LTZ(6) NOT NULL,
    `type` STRING NOT NULL,
    actor_type STRING,
    user_id STRING,
    organization_uuid STRING,
    `raw` STRING NOT NULL
) WITH (
    'topic' = 'compliance-activities',
    'avro-single-object.record' = 'ComplianceActivity'
) LIKE sluice_topic (EXCLUDING ALL INCLUDING OPTIONS);

CREATE TABLE compliance_directory (
    org_id STRING NOT NULL,
    kind STRING NOT NULL,
    entry_id STRING NOT NULL,
    parent_id STRING,
    fetched_at TIMESTAMP_LTZ(6) NOT NULL,
    email STRING,
    name STRING,
    gone BOOLEAN NOT NULL,
    `raw` STRING NOT NULL
) WITH (
    'topic' = 'compliance-directory',
    'avro-single-object.record' = 'ComplianceDirectoryEntry'
) LIKE sluice_topic (EXCLUDING ALL INCLUDING OPTIONS);

DROP TABLE sluice_topic;
