package io.sluice.testing;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What {@link AnalyticsServer} answers. */
final class AnalyticsAnswers {
    static final String ORGANIZATION = "11111111-2222-3333-4444-555555555555";

    private static final String BETA = "analytics-usage-cost-2026-08-24";
    private static final String BASE = "/v1/organizations/";
    private static final LocalDate FIRST_DAY = LocalDate.of(2026, 1, 1);
    private static final Duration AVAILABLE_AFTER = Duration.ofHours(10);
    private static final Duration SERVED = Duration.ofDays(365);
    private static final int TOP = 100;
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final BigDecimal INPUT_PART = new BigDecimal("0.6");

    /** Of the Console's first generation. */
    private static final List<String> LEGACY_USAGE = List.of(
            "account_id",
            "api_key_id",
            "context_window",
            "inference_geo",
            "model",
            "service_account_id",
            "service_tier",
            "speed",
            "workspace_id");

    private static final List<String> LEGACY_COST = List.of("workspace_id", "description");
    private static final List<String> OF_DESCRIPTION = List.of(
            "description", "cost_type", "model", "token_type", "service_tier", "context_window", "inference_geo");

    /** Of the generation for all plans. */
    private static final List<String> ANALYTICS_USAGE = List.of(
            "actor",
            "actor_type",
            "agent_id",
            "api_key_id",
            "claude_tag_category",
            "claude_tag_user_id",
            "context_window",
            "deployment_id",
            "environment_id",
            "inference_geo",
            "model",
            "product",
            "rbac_group_id",
            "service_tier",
            "session_id",
            "slack_channel_id",
            "speed",
            "user_profile_id",
            "workspace_id");

    private static final List<String> ANALYTICS_COST = with(ANALYTICS_USAGE, "cost_type", "token_type");

    /** Of Claude Enterprise. */
    private static final List<String> ENTERPRISE_USAGE = List.of(
            "context_window", "inference_geo", "model", "product", "rbac_group_id", "slack_channel_id", "speed");

    private static final List<String> ENTERPRISE_COST = with(ENTERPRISE_USAGE, "cost_type", "token_type");

    record Answer(int status, ObjectNode body) {}

    /** A sum, by what it is grouped by. */
    private static final class Sum {
        final Map<String, @Nullable String> by;
        UsageFact.Who who;
        UsageFact.Tokens tokens = new UsageFact.Tokens(0, 0, 0, 0, 0, 0);
        long requests;
        BigDecimal cents = BigDecimal.ZERO;
        BigDecimal listCents = BigDecimal.ZERO;

        Sum(Map<String, @Nullable String> by, UsageFact.Who who) {
            this.by = by;
            this.who = who;
        }
    }

    final List<UsageFact> usage = new ArrayList<>();
    final List<CodingFact> coding = new ArrayList<>();
    int mostRows = Integer.MAX_VALUE;
    private int cursors;

    private static List<String> with(List<String> names, String... more) {
        List<String> all = new ArrayList<>(names);
        all.addAll(List.of(more));
        return List.copyOf(all);
    }

    Answer get(
            String path, AnalyticsQuery query, Instant now, Instant refreshed, AnalyticsServer.@Nullable Mischief how) {
        try {
            return switch (path) {
                case BASE + "usage_report/messages" -> legacy(query, now, refreshed, false);
                case BASE + "cost_report" -> legacy(query, now, refreshed, true);
                case BASE + "analytics/usage" -> analytics(query, now, refreshed, how, false);
                case BASE + "analytics/cost" -> analytics(query, now, refreshed, how, true);
                case BASE + "analytics/usage_report" -> bucketed(query, now, refreshed, false);
                case BASE + "analytics/cost_report" -> bucketed(query, now, refreshed, true);
                case BASE + "analytics/user_usage_report" -> byUser(query, now, refreshed, how, false);
                case BASE + "analytics/user_cost_report" -> byUser(query, now, refreshed, how, true);
                case BASE + "usage_report/claude_code" -> claudeCode(query, refreshed, how);
                case BASE + "analytics/users" -> users(query, now, refreshed, how);
                case BASE + "analytics/summaries" -> summaries(query, now, refreshed);
                default -> AnalyticsServer.error(404, "not_found_error", "no such thing");
            };
        } catch (IllegalArgumentException e) {
            return AnalyticsServer.error(400, "invalid_request_error", String.valueOf(e.getMessage()));
        }
    }

    // Usage and cost

    private Answer legacy(AnalyticsQuery query, Instant now, Instant refreshed, boolean cost) {
        if (query.all("group_by[]").contains("speed") && !query.beta.contains("fast-mode-2026-02-01")) {
            throw new IllegalArgumentException("group_by: speed needs a beta header");
        }
        List<String> names = groups(query, cost ? LEGACY_COST : LEGACY_USAGE);
        boolean described = names.contains("description");
        ArrayNode data = JSON.createArrayNode();
        for (LocalDate day : days(query, now, "bucket_width", cost ? List.of("1d") : List.of("1m", "1h", "1d"), 31)) {
            ArrayNode results = bucket(data, day).putArray("results");
            for (Sum sum : sums(day, described ? with(names, "token_type") : names, refreshed, false)) {
                ObjectNode row = results.addObject();
                if (cost) {
                    row.put("amount", sum.cents.toPlainString()).put("currency", "USD");
                    for (String name : OF_DESCRIPTION) {
                        row.put(name, described ? sum.by.get(name) : null);
                    }
                    row.put("workspace_id", sum.by.get("workspace_id"));
                } else {
                    tokens(row, sum, false);
                    LEGACY_USAGE.forEach(name -> row.put(name, sum.by.get(name)));
                }
            }
        }
        ObjectNode body = JSON.createObjectNode();
        body.set("data", data);
        return new Answer(200, body.put("has_more", false).putNull("next_page"));
    }

    private Answer analytics(
            AnalyticsQuery query,
            Instant now,
            Instant refreshed,
            AnalyticsServer.@Nullable Mischief how,
            boolean cost) {
        if (!query.beta.contains(BETA)) {
            return AnalyticsServer.error(404, "not_found_error", "no such thing");
        }
        List<String> all = cost ? ANALYTICS_COST : ANALYTICS_USAGE;
        List<String> names = groups(query, all);
        List<ObjectNode> rows = new ArrayList<>();
        for (LocalDate day : days(query, now, "time_bucket_width", List.of("1m", "1h", "1d"), 365)) {
            for (Sum sum : sums(day, names, refreshed, false)) {
                ObjectNode row = JSON.createObjectNode();
                times(row, day);
                ObjectNode group = row.putObject("group");
                all.forEach(name -> group.put(name, sum.by.get(name)));
                if (cost) {
                    amounts(row.putObject("cost"), sum);
                } else {
                    tokens(row.putObject("usage"), sum, true);
                }
                rows.add(row);
            }
        }
        return page(rows, query, refreshed, how, query.limit(100, 1000), "data", true);
    }

    /** The largest groups of each bucket, and not what the others are. */
    private Answer bucketed(AnalyticsQuery query, Instant now, Instant refreshed, boolean cost) {
        List<String> all = cost ? ENTERPRISE_COST : ENTERPRISE_USAGE;
        List<String> names = groups(query, all);
        ArrayNode data = JSON.createArrayNode();
        for (LocalDate day : days(query, now, "bucket_width", List.of("1m", "1h", "1d"), 31)) {
            ArrayNode results = bucket(data, day).putArray("results");
            sums(day, names, refreshed, false).stream().limit(TOP).forEach(sum -> {
                ObjectNode row = results.addObject();
                all.forEach(name -> row.put(name, sum.by.get(name)));
                if (cost) {
                    amounts(row, sum);
                } else {
                    tokens(row, sum, true);
                }
                requests(row, sum, names);
            });
        }
        ObjectNode body = JSON.createObjectNode();
        body.set("data", data);
        return new Answer(200, enterprise(body.put("has_more", false).putNull("next_page"), refreshed));
    }

    private Answer byUser(
            AnalyticsQuery query,
            Instant now,
            Instant refreshed,
            AnalyticsServer.@Nullable Mischief how,
            boolean cost) {
        if (query.get("ending_at") == null) {
            throw new IllegalArgumentException("ending_at: needed with bucket_width");
        }
        List<String> all = cost ? ENTERPRISE_COST : ENTERPRISE_USAGE;
        List<String> names = groups(query, all);
        List<ObjectNode> rows = new ArrayList<>();
        for (LocalDate day : days(query, now, "bucket_width", List.of("1m", "1h", "1d"), 31)) {
            for (Sum sum : sums(day, with(names, "user"), refreshed, true)) {
                ObjectNode row = JSON.createObjectNode();
                row.putObject("actor")
                        .put("type", "user_actor")
                        .put("user_id", sum.who.userId())
                        .put("email", sum.who.email())
                        .put("name", sum.who.name())
                        .put("deleted", sum.who.deleted());
                times(row, day);
                all.forEach(name -> row.put(name, sum.by.get(name)));
                requests(row, sum, names);
                if (cost) {
                    amounts(row, sum);
                } else {
                    tokens(row, sum, true);
                }
                rows.add(row);
            }
        }
        return page(rows, query, refreshed, how, query.limit(20, 1000), "data", true);
    }

    private static void requests(ObjectNode row, Sum sum, List<String> names) {
        boolean split = names.contains("cost_type") || names.contains("token_type");
        row.put("requests", split ? null : Long.valueOf(sum.requests));
    }

    private static void amounts(ObjectNode row, Sum sum) {
        row.put("amount", sum.cents.toPlainString())
                .put("list_amount", sum.listCents.toPlainString())
                .put("currency", "USD");
    }

    private static void tokens(ObjectNode row, Sum sum, boolean withTotal) {
        row.put("uncached_input_tokens", sum.tokens.input()).put("cache_read_input_tokens", sum.tokens.cacheRead());
        row.putObject("cache_creation")
                .put("ephemeral_5m_input_tokens", sum.tokens.cacheFiveMinutes())
                .put("ephemeral_1h_input_tokens", sum.tokens.cacheOneHour());
        row.put("output_tokens", sum.tokens.output());
        if (withTotal) {
            row.put("total_tokens", sum.tokens.total());
        }
        row.putObject("server_tool_use").put("web_search_requests", sum.tokens.webSearches());
    }

    /** The largest first. */
    private List<Sum> sums(LocalDate day, List<String> names, Instant refreshed, boolean people) {
        Map<String, Sum> sums = new TreeMap<>();
        for (UsageFact fact : usage) {
            if (!fact.day().equals(day)
                    || !fact.isKnownAt(refreshed)
                    || people && fact.who().userId() == null) {
                continue;
            }
            List<String> types =
                    names.contains("token_type") ? List.of("uncached_input_tokens", "output_tokens") : List.of("");
            for (String type : types) {
                Map<String, @Nullable String> by = new LinkedHashMap<>();
                names.forEach(name -> by.put(name, dimension(name, fact, type)));
                if (names.contains("description")) {
                    OF_DESCRIPTION.forEach(name -> by.put(name, dimension(name, fact, type)));
                }
                Sum sum = sums.computeIfAbsent(by.toString(), absent -> new Sum(by, fact.who()));
                sum.who = fact.who();
                sum.tokens = sum.tokens.plus(fact.tokens());
                sum.requests += fact.requests();
                sum.cents = sum.cents.add(part(fact.cents(), type));
                sum.listCents = sum.listCents.add(part(fact.listCents(), type));
            }
        }
        List<Sum> sorted = new ArrayList<>(sums.values());
        sorted.sort(Comparator.comparing((Sum sum) -> sum.tokens.total()).reversed());
        return sorted;
    }

    private static BigDecimal part(BigDecimal cents, String type) {
        return switch (type) {
            case "uncached_input_tokens" -> cents.multiply(INPUT_PART);
            case "output_tokens" -> cents.subtract(cents.multiply(INPUT_PART));
            default -> cents;
        };
    }

    private static @Nullable String dimension(String name, UsageFact fact, String tokenType) {
        UsageFact.Who who = fact.who();
        UsageFact.What what = fact.what();
        return switch (name) {
            case "actor" -> who.userId() != null ? who.userId() : who.apiKeyId();
            case "actor_type" -> who.userId() != null ? "user" : "api_key";
            case "user", "account_id" -> who.userId();
            case "api_key_id" -> who.apiKeyId();
            case "context_window" -> what.contextWindow();
            case "inference_geo" -> what.inferenceGeo();
            case "model" -> what.model();
            case "product" -> what.product();
            case "service_tier" -> what.serviceTier();
            case "speed" -> what.speed();
            case "workspace_id" -> what.workspaceId();
            case "cost_type" -> "tokens";
            case "token_type" -> tokenType.isEmpty() ? null : tokenType;
            case "description" -> what.model() + " " + what.serviceTier() + " " + tokenType;
            default -> null;
        };
    }

    // Claude Code, activity

    private Answer claudeCode(AnalyticsQuery query, Instant refreshed, AnalyticsServer.@Nullable Mischief how) {
        LocalDate day = query.day("starting_at");
        List<ObjectNode> rows = new ArrayList<>();
        for (CodingFact fact : known(day, refreshed)) {
            ObjectNode row = JSON.createObjectNode().put("date", day + "T00:00:00Z");
            if (fact.who().userId() == null) {
                row.putObject("actor")
                        .put("type", "api_actor")
                        .put("api_key_name", fact.who().apiKeyName());
            } else {
                row.putObject("actor")
                        .put("type", "user_actor")
                        .put("email_address", fact.who().email());
            }
            row.put("organization_id", ORGANIZATION)
                    .put("customer_type", fact.customerType())
                    .put("subscription_type", fact.subscriptionType())
                    .put("terminal_type", fact.terminal())
                    .put("is_remote", fact.remote());
            ObjectNode core = row.putObject("core_metrics").put("num_sessions", fact.sessions());
            core.putObject("lines_of_code").put("added", fact.linesAdded()).put("removed", fact.linesRemoved());
            core.put("commits_by_claude_code", fact.commits()).put("pull_requests_by_claude_code", fact.pullRequests());
            tools(row.putObject("tool_actions"), fact, "accepted", "rejected");
            ArrayNode models = row.putArray("model_breakdown");
            for (CodingFact.ModelUse use : fact.models()) {
                ObjectNode model = models.addObject().put("model", use.model());
                model.putObject("tokens")
                        .put("input", use.input())
                        .put("output", use.output())
                        .put("cache_read", use.cacheRead())
                        .put("cache_creation", use.cacheCreation());
                model.putObject("estimated_cost").put("currency", "USD").put("amount", use.cents());
            }
            rows.add(row);
        }
        return page(rows, query, refreshed, how, query.limit(20, 1000), "data", false);
    }

    private Answer users(AnalyticsQuery query, Instant now, Instant refreshed, AnalyticsServer.@Nullable Mischief how) {
        LocalDate day = query.day("date");
        Answer early = tooEarly(day, now);
        if (early != null) {
            return early;
        }
        Map<String, List<CodingFact>> byUser = new TreeMap<>();
        for (CodingFact fact : known(day, refreshed)) {
            if (fact.who().userId() != null) {
                byUser.computeIfAbsent(fact.who().userId(), absent -> new ArrayList<>())
                        .add(fact);
            }
        }
        List<ObjectNode> rows = new ArrayList<>();
        byUser.forEach((userId, facts) -> {
            ObjectNode row = JSON.createObjectNode();
            row.putObject("user")
                    .put("id", userId)
                    .put("email_address", facts.get(0).who().email())
                    .put("type", "user");
            row.putObject("chat_metrics").put("message_count", sum(facts, CodingFact::sessions));
            ObjectNode code = row.putObject("claude_code_metrics");
            ObjectNode core = code.putObject("core_metrics")
                    .put("commit_count", sum(facts, CodingFact::commits))
                    .put("distinct_session_count", sum(facts, CodingFact::sessions));
            core.putObject("lines_of_code")
                    .put("added_count", sum(facts, CodingFact::linesAdded))
                    .put("removed_count", sum(facts, CodingFact::linesRemoved));
            core.put("pull_request_count", sum(facts, CodingFact::pullRequests));
            ObjectNode tools = code.putObject("tool_actions");
            tools.putObject("edit_tool")
                    .put("accepted_count", sum(facts, CodingFact::accepted))
                    .put("rejected_count", sum(facts, CodingFact::rejected));
            for (String tool : List.of("multi_edit_tool", "notebook_edit_tool", "write_tool")) {
                tools.putObject(tool).put("accepted_count", 0).put("rejected_count", 0);
            }
            row.putObject("cowork_metrics").put("session_count", 0);
            row.putObject("design_metrics").put("session_count", 0);
            ObjectNode office = row.putObject("office_metrics");
            for (String app : List.of("excel", "outlook", "powerpoint", "word")) {
                office.putObject(app).put("session_count", 1);
            }
            row.putObject("science_metrics").put("session_count", 0);
            rows.add(row.put("web_search_count", 2).put("last_activity_date", day.toString()));
        });
        return page(rows, query, refreshed, how, query.limit(100, 1000), "data", false);
    }

    private Answer summaries(AnalyticsQuery query, Instant now, Instant refreshed) {
        LocalDate end = query.day("ending_date");
        Answer early = tooEarly(end.minusDays(1), now);
        if (early != null) {
            return early;
        }
        ObjectNode body = JSON.createObjectNode();
        ArrayNode summaries = body.putArray("summaries");
        for (LocalDate day = query.day("starting_date"); day.isBefore(end); day = day.plusDays(1)) {
            long active = known(day, refreshed).stream()
                    .map(fact -> String.valueOf(fact.who().userId()))
                    .distinct()
                    .count();
            ObjectNode row = summaries
                    .addObject()
                    .put("date", day.toString())
                    .put("assigned_seat_count", 50)
                    .put("pending_invite_count", 1);
            for (String period : List.of("daily", "weekly", "monthly")) {
                row.put(period + "_active_user_count", active).put(period + "_adoption_rate", active / 50.0);
            }
            for (String product :
                    List.of("claude_code", "chat", "cowork", "office_agent", "claude_design", "science")) {
                row.put(product + "_daily_active_user_count", product.equals("claude_code") ? active : 0);
            }
        }
        return new Answer(200, body.putNull("next_page").put("has_more", false));
    }

    private static @Nullable Answer tooEarly(LocalDate day, Instant now) {
        LocalDate newest = now.minus(AVAILABLE_AFTER)
                .atOffset(ZoneOffset.UTC)
                .toLocalDate()
                .minusDays(1);
        return day.isAfter(newest)
                ? AnalyticsServer.error(
                        400,
                        "invalid_request_error",
                        "date: " + day + " is not available yet, the newest available day is " + newest)
                : null;
    }

    private List<CodingFact> known(LocalDate day, Instant refreshed) {
        return coding.stream()
                .filter(fact -> fact.day().equals(day) && fact.isKnownAt(refreshed))
                .toList();
    }

    private static long sum(List<CodingFact> facts, Function<CodingFact, Long> of) {
        return facts.stream().mapToLong(of::apply).sum();
    }

    private static void tools(ObjectNode tools, CodingFact fact, String accepted, String rejected) {
        tools.putObject("edit_tool").put(accepted, fact.accepted()).put(rejected, fact.rejected());
        for (String tool : List.of("multi_edit_tool", "write_tool", "notebook_edit_tool")) {
            tools.putObject(tool).put(accepted, 1).put(rejected, 0);
        }
    }

    // Parameters and pages

    private static List<String> groups(AnalyticsQuery query, List<String> allowed) {
        List<String> asked = query.all("group_by[]");
        for (String name : asked) {
            if (!allowed.contains(name)) {
                throw new IllegalArgumentException("group_by: one of " + allowed + " expected");
            }
        }
        return asked;
    }

    private static List<LocalDate> days(
            AnalyticsQuery query, Instant now, String width, List<String> widths, int most) {
        if (!widths.contains(query.get(width)) || !"1d".equals(query.get(width))) {
            throw new IllegalArgumentException(width + ": one of " + widths + " expected (this server has 1d only)");
        }
        LocalDate start = query.dayOfTime("starting_at");
        LocalDate end = query.dayOfTime("ending_at");
        if (start.isBefore(FIRST_DAY)
                || !start.isBefore(end)
                || start.plusDays(most).isBefore(end)) {
            throw new IllegalArgumentException("starting_at, ending_at: at most " + most + " days, from 2026 on");
        }
        if (start.atStartOfDay(ZoneOffset.UTC).toInstant().isBefore(now.minus(SERVED))) {
            throw new IllegalArgumentException("starting_at: older than " + SERVED.toDays() + " days");
        }
        return start.datesUntil(end).toList();
    }

    private static void times(ObjectNode row, LocalDate day) {
        row.put("starting_at", day + "T00:00:00Z").put("ending_at", day.plusDays(1) + "T00:00:00Z");
    }

    private static ObjectNode bucket(ArrayNode data, LocalDate day) {
        ObjectNode bucket = data.addObject();
        times(bucket, day);
        return bucket;
    }

    private static ObjectNode enterprise(ObjectNode body, Instant refreshed) {
        return body.put("data_refreshed_at", refreshed.toString()).put("organization_id", ORGANIZATION);
    }

    private Answer page(
            List<ObjectNode> rows,
            AnalyticsQuery query,
            Instant refreshed,
            AnalyticsServer.@Nullable Mischief how,
            int limit,
            String member,
            boolean tellsRefresh) {
        int size = Math.min(limit, mostRows);
        int start = 0;
        String cursor = query.get("page");
        if (cursor != null) {
            String[] parts = new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8).split("\\|");
            if (Integer.parseInt(parts[1]) != query.fingerprint()) {
                throw new IllegalArgumentException("page: of other parameters");
            }
            if (how == AnalyticsServer.Mischief.EXPIRED_CURSOR
                    || !Instant.parse(parts[0]).equals(refreshed)) {
                return AnalyticsServer.error(410, "invalid_request_error", "page: expired, begin anew");
            }
            start = Integer.parseInt(parts[2]);
            if (how == AnalyticsServer.Mischief.REPEATED_PAGE) {
                start -= size;
            }
        }
        int end = Math.min(start + size, rows.size());
        ObjectNode body = JSON.createObjectNode();
        ArrayNode data = body.putArray(member);
        rows.subList(start, end).forEach(data::add);
        boolean more = end < rows.size();
        body.put("has_more", more).put("next_page", more ? cursor(query, refreshed, end) : null);
        return new Answer(200, tellsRefresh ? enterprise(body, refreshed) : body);
    }

    /** Each is another text. */
    private String cursor(AnalyticsQuery query, Instant refreshed, int end) {
        cursors++;
        String text = refreshed + "|" + query.fingerprint() + "|" + end + "|" + cursors;
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
