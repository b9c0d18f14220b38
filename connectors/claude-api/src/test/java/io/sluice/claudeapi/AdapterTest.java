package io.sluice.claudeapi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sluice.claudeapi.ApiAccount.Plan;
import io.sluice.schema.DeadLetter;
import io.sluice.schema.Micros;
import io.sluice.schema.ReportedRow;
import io.sluice.testing.AnalyticsServer;
import io.sluice.testing.CodingFact;
import io.sluice.testing.UsageFact;
import io.sluice.testing.UsageFact.Tokens;
import io.sluice.testing.UsageFact.What;
import io.sluice.testing.UsageFact.Who;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each generation of the API, field by field. */
class AdapterTest {
    private static final String KEY = "sk-ant-admin01-test";
    private static final LocalDate DAY = LocalDate.of(2026, 11, 20);
    private static final Instant BEFORE = Instant.parse("2026-11-20T10:00:00Z");
    private static final Instant NOW = Instant.parse("2026-11-21T12:30:00Z");
    private static final long FETCHED = 42;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    @SuppressWarnings("NullAway.Init")
    private TestPace pace;

    @SuppressWarnings("NullAway.Init")
    private AnalyticsServer server;

    @BeforeEach
    void start() throws Exception {
        pace = new TestPace(NOW);
        server = AnalyticsServer.start(KEY, pace.clock());
        Files.writeString(folder.resolve("key"), KEY + "\n");
        server.addUsage(List.of(
                new UsageFact(
                        DAY,
                        Who.user("user_01", "Dev@example.com"),
                        new What("claude_code", "claude-opus-5-5", "priority", "200k-1M", "us", "fast", "wrkspc_01"),
                        new Tokens(1500, 200, 500, 1000, 400, 3),
                        7,
                        new BigDecimal("123.45"),
                        new BigDecimal("150.00005"),
                        BEFORE,
                        null),
                new UsageFact(
                        DAY,
                        Who.key("apikey_01", "ci"),
                        What.of("chat", "claude-haiku-5-5"),
                        new Tokens(1, 2, 3, 4, 5, 0),
                        1,
                        new BigDecimal("0.5"),
                        new BigDecimal("0.5"),
                        BEFORE,
                        null)));
        server.addCoding(List.of(new CodingFact(
                DAY,
                Who.user("user_01", "Dev@example.com"),
                "subscription",
                "enterprise",
                "vscode",
                false,
                4,
                812,
                233,
                3,
                1,
                40,
                3,
                List.of(new CodingFact.ModelUse(
                        "claude-sonnet-5-5", 52_000, 31_000, 910_000, 64_000, new BigDecimal("67.5"))),
                BEFORE,
                null)));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private ApiAccount account(Plan plan) {
        return new ApiAccount("acme", server.url(), plan, ApiKey.file(folder.resolve("key")), Duration.ofSeconds(30));
    }

    private DayRows read(Report report, ReportAdapter adapter) throws Exception {
        DayRows rows =
                new DayReader("acme", new Upstream(account(Plan.ENTERPRISE), pace)).read(report, adapter, DAY, FETCHED);
        assertThat(rows.letters().values()).extracting(DeadLetter::getMessage).isEmpty();
        return rows;
    }

    private static ReportedRow only(DayRows rows, String dimension, String value) {
        List<ReportedRow> found = rows.rows().values().stream()
                .filter(row -> value.equals(row.getDimensions().get(dimension)))
                .toList();
        assertThat(found).hasSize(1);
        return found.get(0);
    }

    private static void assertCommon(ReportedRow row, String report, String adapter) {
        assertThat(row.getOrgId()).isEqualTo("acme");
        assertThat(row.getReport()).isEqualTo(report);
        assertThat(row.getAdapter()).isEqualTo(adapter);
        assertThat(row.getRowId()).matches("[0-9a-f]{32}");
        assertThat(row.getStartingAt()).isEqualTo(Micros.of(Instant.parse("2026-11-20T00:00:00Z")));
        assertThat(row.getEndingAt()).isEqualTo(Micros.of(Instant.parse("2026-11-21T00:00:00Z")));
        assertThat(row.getFetchedAt()).isEqualTo(FETCHED);
        assertThat(row.getGone()).isFalse();
    }

    private static void assertTokens(ReportedRow row) {
        assertThat(row.getInputTokens()).isEqualTo(1500);
        assertThat(row.getCacheReadTokens()).isEqualTo(200);
        assertThat(row.getCacheCreation5mTokens()).isEqualTo(500);
        assertThat(row.getCacheCreation1hTokens()).isEqualTo(1000);
        assertThat(row.getCacheCreationTokens()).isEqualTo(1500);
        assertThat(row.getOutputTokens()).isEqualTo(400);
        assertThat(row.getWebSearchRequests()).isEqualTo(3);
        assertThat(row.getCostMicros()).isNull();
    }

    @Test
    void legacyUsage() throws Exception {
        DayRows rows = read(Report.USAGE, UsageCostAdapter.LEGACY_USAGE);
        assertThat(rows.rows()).hasSize(2);
        assertThat(rows.refreshedAt()).isNull();
        ReportedRow row = only(rows, "account_id", "user_01");
        assertCommon(row, "usage", "legacy-usage");
        assertTokens(row);
        assertThat(row.getTotalTokens()).isNull();
        assertThat(row.getActor()).isEqualTo("user_01");
        assertThat(row.getModel()).isEqualTo("claude-opus-5-5");
        assertThat(row.getProduct()).isNull();
        assertThat(row.getDimensions())
                .isEqualTo(Map.of(
                        "account_id", "user_01",
                        "context_window", "200k-1M",
                        "inference_geo", "us",
                        "model", "claude-opus-5-5",
                        "service_tier", "priority",
                        "speed", "fast",
                        "workspace_id", "wrkspc_01"));
        assertThat(only(rows, "api_key_id", "apikey_01").getActor()).isEqualTo("apikey_01");
    }

    @Test
    void legacyCost() throws Exception {
        DayRows rows = read(Report.COST, UsageCostAdapter.LEGACY_COST);
        List<ReportedRow> ofOpus = rows.rows().values().stream()
                .filter(row -> "claude-opus-5-5".equals(row.getModel()))
                .toList();
        assertThat(ofOpus).hasSize(2).allSatisfy(row -> assertCommon(row, "cost", "legacy-cost"));
        assertThat(ofOpus.stream().mapToLong(ReportedRow::getCostMicros).sum()).isEqualTo(1_234_500);
        ReportedRow input = ofOpus.stream()
                .filter(row -> row.getDimensions().containsValue("uncached_input_tokens"))
                .findFirst()
                .orElseThrow();
        assertThat(input.getCostMicros()).isEqualTo(740_700);
        assertThat(input.getListCostMicros()).isNull();
        assertThat(input.getDimensions())
                .containsOnlyKeys(
                        "context_window",
                        "cost_type",
                        "description",
                        "inference_geo",
                        "model",
                        "service_tier",
                        "token_type",
                        "workspace_id")
                .containsEntry("cost_type", "tokens")
                .containsEntry("workspace_id", "wrkspc_01");
    }

    @Test
    void analyticsUsage() throws Exception {
        DayRows rows = read(Report.USAGE, UsageCostAdapter.ANALYTICS_USAGE);
        assertThat(rows.refreshedAt()).isEqualTo(Micros.of(Instant.parse("2026-11-21T12:00:00Z")));
        ReportedRow row = only(rows, "actor", "user_01");
        assertCommon(row, "usage", "analytics-usage");
        assertTokens(row);
        assertThat(row.getRefreshedAt()).isEqualTo(rows.refreshedAt());
        assertThat(row.getTotalTokens()).isEqualTo(3600);
        assertThat(row.getProduct()).isEqualTo("claude_code");
        assertThat(row.getDimensions())
                .containsOnlyKeys(
                        "actor",
                        "actor_type",
                        "context_window",
                        "inference_geo",
                        "model",
                        "product",
                        "service_tier",
                        "speed",
                        "workspace_id");
        assertThat(only(rows, "actor", "apikey_01").getDimensions()).containsEntry("api_key_id", "apikey_01");
    }

    @Test
    void analyticsCost() throws Exception {
        DayRows rows = read(Report.COST, UsageCostAdapter.ANALYTICS_COST);
        List<ReportedRow> ofUser = rows.rows().values().stream()
                .filter(row -> "user_01".equals(row.getActor()))
                .toList();
        assertThat(ofUser).hasSize(2).allSatisfy(row -> {
            assertCommon(row, "cost", "analytics-cost");
            assertThat(row.getDimensions()).containsKeys("cost_type", "token_type", "product", "model");
            assertThat(row.getRequests()).isNull();
        });
        assertThat(ofUser.stream().mapToLong(ReportedRow::getCostMicros).sum()).isEqualTo(1_234_500);
        assertThat(ofUser.stream().mapToLong(ReportedRow::getListCostMicros).sum())
                .as("of 150.00005 cents, two rows rounded half to even")
                .isEqualTo(1_500_000);
    }

    @Test
    void enterpriseUsageAndCost() throws Exception {
        ReportedRow usage = only(read(Report.USAGE, BucketedAdapter.USAGE), "product", "claude_code");
        assertCommon(usage, "usage", "enterprise-usage");
        assertTokens(usage);
        assertThat(usage.getRequests()).isEqualTo(7);
        assertThat(usage.getActor()).isNull();
        ReportedRow cost = only(read(Report.COST, BucketedAdapter.COST), "product", "claude_code");
        assertCommon(cost, "cost", "enterprise-cost");
        assertThat(cost.getCostMicros()).isEqualTo(1_234_500);
        assertThat(cost.getListCostMicros()).isEqualTo(1_500_000);
        assertThat(cost.getRequests()).isEqualTo(7);
        assertThat(cost.getDimensions())
                .isEqualTo(Map.of("model", "claude-opus-5-5", "product", "claude_code", "speed", "fast"));
    }

    /** Upstream gives the 100 largest groups and no more. */
    @Test
    void whatIsBeyondTheTopHundredIsARowOfItsOwn() throws Exception {
        List<UsageFact> many = new ArrayList<>();
        for (int i = 0; i < 130; i++) {
            many.add(new UsageFact(
                    DAY,
                    Who.user("user_01", "dev@example.com"),
                    What.of("chat", "model-" + i),
                    new Tokens(i, 0, 0, 0, 0, 0),
                    1,
                    BigDecimal.ONE,
                    BigDecimal.TEN,
                    BEFORE,
                    null));
        }
        server.addUsage(many);
        DayRows cost = read(Report.COST, BucketedAdapter.COST);
        assertThat(cost.rows()).hasSize(101);
        assertThat(cost.incomplete()).isFalse();
        assertThat(cost.rows().values().stream()
                        .mapToLong(ReportedRow::getCostMicros)
                        .sum())
                .isEqualTo(1_234_500 + 5_000 + 130 * 10_000);
        assertThat(only(cost, "remainder", "true").getProduct()).isNull();
        DayRows usage = read(Report.USAGE, BucketedAdapter.USAGE);
        assertThat(usage.rows().values().stream()
                        .mapToLong(ReportedRow::getInputTokens)
                        .sum())
                .isEqualTo(1501 + 129 * 130 / 2);
    }

    @Test
    void enterpriseByUser() throws Exception {
        DayRows costs = read(Report.USER_COST, UsageCostAdapter.USER_COST);
        assertThat(costs.rows()).as("keys are left out upstream").hasSize(1);
        ReportedRow cost = only(costs, "actor.id", "user_01");
        assertCommon(cost, "user_cost", "enterprise-user-cost");
        assertThat(cost.getActor()).isEqualTo("dev@example.com");
        assertThat(cost.getCostMicros()).isEqualTo(1_234_500);
        assertThat(cost.getListCostMicros()).isEqualTo(1_500_000);
        assertThat(cost.getRequests()).isEqualTo(7);
        assertThat(cost.getDimensions())
                .isEqualTo(Map.of(
                        "actor.id", "user_01",
                        "actor.type", "user_actor",
                        "context_window", "200k-1M",
                        "inference_geo", "us",
                        "model", "claude-opus-5-5",
                        "product", "claude_code",
                        "speed", "fast"));
        assertThat(cost.getAttributes())
                .isEqualTo(Map.of(
                        "actor.email", "dev@example.com", "actor.name", "Name of user_01", "actor.deleted", "false"));
        ReportedRow usage = only(read(Report.USER_USAGE, UsageCostAdapter.USER_USAGE), "actor.id", "user_01");
        assertCommon(usage, "user_usage", "enterprise-user-usage");
        assertTokens(usage);
        assertThat(usage.getTotalTokens()).isEqualTo(3600);
    }

    @Test
    void claudeCode() throws Exception {
        DayRows rows = read(Report.CLAUDE_CODE, new ClaudeCodeAdapter());
        assertThat(rows.rows()).hasSize(2);
        ReportedRow model = only(rows, "model", "claude-sonnet-5-5");
        assertCommon(model, "claude_code", "claude-code");
        assertThat(model.getInputTokens()).isEqualTo(52_000);
        assertThat(model.getOutputTokens()).isEqualTo(31_000);
        assertThat(model.getCacheReadTokens()).isEqualTo(910_000);
        assertThat(model.getCacheCreationTokens()).isEqualTo(64_000);
        assertThat(model.getListCostMicros()).isEqualTo(675_000);
        assertThat(model.getCostMicros()).isNull();
        assertThat(model.getSessions()).isNull();
        ReportedRow core = rows.rows().values().stream()
                .filter(row -> row.getModel() == null)
                .findFirst()
                .orElseThrow();
        assertThat(core.getActor()).isEqualTo("dev@example.com");
        assertThat(core.getProduct()).isEqualTo("claude_code");
        assertThat(core.getSessions()).isEqualTo(4);
        assertThat(core.getLinesAdded()).isEqualTo(812);
        assertThat(core.getLinesRemoved()).isEqualTo(233);
        assertThat(core.getCommits()).isEqualTo(3);
        assertThat(core.getPullRequests()).isEqualTo(1);
        assertThat(core.getToolActionsAccepted())
                .as("edit tool and three others")
                .isEqualTo(43);
        assertThat(core.getToolActionsRejected()).isEqualTo(3);
        assertThat(core.getCounts())
                .containsEntry("tool_actions.edit_tool.accepted", 40L)
                .containsEntry("tool_actions.write_tool.rejected", 0L)
                .hasSize(8);
        assertThat(core.getDimensions())
                .isEqualTo(Map.of(
                        "actor.email", "dev@example.com",
                        "actor.type", "user_actor",
                        "customer_type", "subscription",
                        "is_remote", "false",
                        "product", "claude_code",
                        "subscription_type", "enterprise",
                        "terminal_type", "vscode"));
        assertThat(core.getAttributes()).containsOnlyKeys("organization_id");
    }

    @Test
    void usersAndSummaries() throws Exception {
        ReportedRow user = only(read(Report.USERS, ActivityAdapter.USERS), "actor.id", "user_01");
        assertCommon(user, "users", "enterprise-users");
        assertThat(user.getActor()).isEqualTo("dev@example.com");
        assertThat(user.getSessions()).isEqualTo(4);
        assertThat(user.getLinesAdded()).isEqualTo(812);
        assertThat(user.getLinesRemoved()).isEqualTo(233);
        assertThat(user.getCommits()).isEqualTo(3);
        assertThat(user.getPullRequests()).isEqualTo(1);
        assertThat(user.getToolActionsAccepted()).isEqualTo(40);
        assertThat(user.getToolActionsRejected()).isEqualTo(3);
        assertThat(user.getCounts())
                .containsEntry("chat_metrics.message_count", 4L)
                .containsEntry("office_metrics.excel.session_count", 1L)
                .containsEntry("web_search_count", 2L)
                .containsEntry("claude_code_metrics.tool_actions.edit_tool.accepted_count", 40L);
        assertThat(user.getAttributes()).containsEntry("last_activity_date", "2026-11-20");
        DayRows summaries = read(Report.SUMMARIES, ActivityAdapter.SUMMARIES);
        assertThat(summaries.rows()).hasSize(1);
        ReportedRow summary = summaries.rows().values().iterator().next();
        assertCommon(summary, "summaries", "enterprise-summaries");
        assertThat(summary.getActor()).isNull();
        assertThat(summary.getCounts())
                .containsEntry("assigned_seat_count", 50L)
                .containsEntry("pending_invite_count", 1L)
                .containsEntry("daily_active_user_count", 1L)
                .containsEntry("claude_code_daily_active_user_count", 1L);
        assertThat(summary.getAttributes()).containsEntry("weekly_adoption_rate", "0.02");
    }

    /** All pages, whatever their size. */
    @Test
    void pagesAreOneReading() throws Exception {
        DayRows whole = read(Report.COST, UsageCostAdapter.ANALYTICS_COST);
        server.pagesOf(1);
        DayRows paged = read(Report.COST, UsageCostAdapter.ANALYTICS_COST);
        assertThat(paged.rows()).isEqualTo(whole.rows()).hasSize(4);
        assertThat(server.requests()).hasSize(1 + 4);
    }

    /** The new API is asked first, for each report of its own; where it is not there the older one is read for a day. */
    @Test
    void theNewestGenerationThatIsThere() throws Exception {
        ReportFetcher fetcher = new ReportFetcher(account(Plan.CONSOLE), pace);
        assertThat(fetcher.fetch(Report.USAGE, DAY, 0).adapter()).isEqualTo("analytics-usage");
        server.without("analytics/usage");
        assertThat(fetcher.fetch(Report.USAGE, DAY, 0).adapter()).isEqualTo("legacy-usage");
        server.with("analytics/usage");
        assertThat(fetcher.fetch(Report.USAGE, DAY, 0).adapter()).isEqualTo("legacy-usage");
        assertThat(fetcher.fetch(Report.COST, DAY, 0).adapter()).isEqualTo("analytics-cost");
        pace.sleep(Duration.ofDays(1));
        assertThat(fetcher.fetch(Report.USAGE, DAY, 0).adapter()).isEqualTo("analytics-usage");
        server.without("analytics/cost");
        assertThat(new ReportFetcher(account(Plan.ENTERPRISE), pace)
                        .fetch(Report.COST, DAY, 0)
                        .adapter())
                .isEqualTo("enterprise-cost");
    }

    @Test
    void aDayThatIsNotThereYet() {
        ApiException early = catchThrowableOfType(
                ApiException.class,
                () -> new DayReader("acme", new Upstream(account(Plan.ENTERPRISE), pace))
                        .read(Report.USERS, ActivityAdapter.USERS, DAY.plusDays(1), FETCHED));
        assertThat(early.kind()).isEqualTo(ApiException.Kind.TOO_EARLY);
        assertThat(early.newest()).isEqualTo(DAY);
    }
}
