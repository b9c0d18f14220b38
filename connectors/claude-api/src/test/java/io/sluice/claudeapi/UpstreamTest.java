package io.sluice.claudeapi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sluice.claudeapi.ApiAccount.Plan;
import io.sluice.claudeapi.ApiException.Kind;
import io.sluice.testing.AnalyticsServer;
import io.sluice.testing.AnalyticsServer.Mischief;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Collections;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class UpstreamTest {
    private static final String KEY = "sk-ant-api01-test";
    private static final LocalDate DAY = LocalDate.of(2026, 11, 20);
    private static final Instant NOW = Instant.parse("2026-11-22T12:00:01Z");

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    @SuppressWarnings("NullAway.Init")
    private TestPace pace;

    @SuppressWarnings("NullAway.Init")
    private AnalyticsServer server;

    @BeforeEach
    void start() throws IOException {
        pace = new TestPace(NOW);
        server = AnalyticsServer.start(KEY, pace.clock());
        Files.writeString(folder.resolve("key"), KEY);
        Facts facts = new Facts(1, DAY, 1);
        server.addUsage(facts.usage);
        server.addCoding(facts.coding);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private ApiAccount account(URI base, Duration patience) {
        return new ApiAccount("acme", base, Plan.ENTERPRISE, ApiKey.file(folder.resolve("key")), patience);
    }

    private DayReader reader() {
        return reader(Duration.ofSeconds(30));
    }

    private DayReader reader(Duration patience) {
        return new DayReader("acme", new Upstream(account(server.url(), patience), pace));
    }

    private DayRows read(ReportAdapter adapter) throws Exception {
        return reader().read(Report.COST, adapter, DAY, 42);
    }

    @ParameterizedTest
    @EnumSource(names = {"ERROR", "OVERLOADED", "SLOW", "RESET"})
    void aFailureIsTriedAgainLaterAndLater(Mischief how) throws Exception {
        DayRows undisturbed = read(UsageCostAdapter.ANALYTICS_COST);
        // The JDK itself asks once more on a connection that was open before and is cut.
        server.misbehave(how, how, how, how);
        Duration patience = how == Mischief.SLOW ? Duration.ofMillis(400) : Duration.ofSeconds(30);
        assertThat(reader(patience)
                        .read(Report.COST, UsageCostAdapter.ANALYTICS_COST, DAY, 42)
                        .rows())
                .isEqualTo(undisturbed.rows());
        assertThat(pace.sleeps().subList(0, 2)).containsExactly(Duration.ofMillis(750), Duration.ofMillis(1500));
    }

    @Test
    void aLimitIsWaitedForAsLongAsItSays() throws Exception {
        server.misbehave(Mischief.RATE_LIMITED);
        read(UsageCostAdapter.ANALYTICS_COST);
        assertThat(pace.sleeps()).containsExactly(AnalyticsServer.RETRY_AFTER);
    }

    @Test
    void whatFailsForEverFails() {
        server.misbehave(Collections.nCopies(8, Mischief.ERROR).toArray(Mischief[]::new));
        ApiException failed = catchThrowableOfType(ApiException.class, () -> read(UsageCostAdapter.ANALYTICS_COST));
        assertThat(failed.kind()).isEqualTo(Kind.UNAVAILABLE);
        assertThat(failed).hasMessage("answered 500, api_error: something went wrong");
        assertThat(failed.toString()).doesNotContain(KEY).doesNotContain("127.0.0.1");
    }

    @Test
    void anExpiredCursorAndARepeatedPageBeginAnew() throws Exception {
        DayRows undisturbed = read(UsageCostAdapter.ANALYTICS_COST);
        server.pagesOf(7);
        server.misbehave(Mischief.REPEATED_PAGE, Mischief.REPEATED_PAGE, Mischief.EXPIRED_CURSOR);
        assertThat(read(UsageCostAdapter.ANALYTICS_COST).rows()).isEqualTo(undisturbed.rows());
        assertThat(server.requests()).anySatisfy(request -> assertThat(request).endsWith("→ 410"));
    }

    /** Half of one state of the data and half of another would be neither. */
    @Test
    void dataThatIsRefreshedBetweenTwoPagesIsReadAnew() throws Exception {
        server.pagesOf(7);
        server.refreshEvery(Duration.ofMillis(100)); // the time goes on by 50 ms with each request
        ApiException failed = catchThrowableOfType(ApiException.class, () -> read(UsageCostAdapter.ANALYTICS_COST));
        assertThat(failed).hasMessage("the data changes faster than it can be read");
        server.refreshEvery(Duration.ofHours(4));
        assertThat(read(UsageCostAdapter.ANALYTICS_COST).rows()).isNotEmpty();
    }

    /** Two readers of one organization know of each other. */
    @Test
    void requestsKeepWithinTheLimitTogether() throws Exception {
        server.pagesOf(1);
        DayReader one = reader();
        DayReader other = reader();
        for (int i = 0; i < 8; i++) {
            one.read(Report.COST, UsageCostAdapter.ANALYTICS_COST, DAY, 42);
            other.read(Report.USAGE, UsageCostAdapter.ANALYTICS_USAGE, DAY, 42);
        }
        assertThat(server.requests().size()).isGreaterThan(150);
        assertThat(server.overLimit()).isZero();
        assertThat(server.requests()).allSatisfy(request -> assertThat(request).endsWith("→ 200"));
    }

    @Test
    void whatIsRefusedIsNotAskedAgain() throws Exception {
        Files.writeString(folder.resolve("key"), "other");
        ApiException refused = catchThrowableOfType(ApiException.class, () -> read(UsageCostAdapter.ANALYTICS_COST));
        assertThat(refused.kind()).isEqualTo(Kind.REFUSED);
        assertThat(refused).hasMessage("answered 401, authentication_error: invalid x-api-key");
        assertThat(server.requests()).hasSize(1);
        Files.writeString(folder.resolve("key"), KEY);
        assertThat(read(UsageCostAdapter.ANALYTICS_COST).rows())
                .as("a new key is taken")
                .isNotEmpty();
    }

    @Test
    void aKeyThatIsNotThereSaysWhere() {
        ApiKey absent = ApiKey.file(folder.resolve("absent"));
        assertThatThrownBy(absent::read)
                .isInstanceOf(ApiKey.Unreadable.class)
                .hasMessageContaining("absent: not readable, NoSuchFileException (expected: a key of the API, ")
                .hasMessageContaining("SLUICE_REPORTED_KEY_FILE");
        assertThatThrownBy(() -> ApiKey.environment("SLUICE_NO_SUCH_VARIABLE").read())
                .isInstanceOf(ApiKey.Unreadable.class)
                .hasMessageStartingWith("SLUICE_NO_SUCH_VARIABLE: 0 characters (expected: a key of the API, ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://api.example.com", "ftp://127.0.0.1", "http://127.0.0.1.example.com", "http:/x"})
    void keysAreSentByHttpsOnly(String address) {
        assertThatThrownBy(() -> new Upstream(account(URI.create(address), Duration.ofSeconds(1)), pace))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("address of the API: not https (expected: https://…; http only of this machine)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://api.anthropic.com", "http://localhost:1", "http://127.0.0.2", "http://[::1]:5"})
    void andOverLoopback(String address) {
        assertThatCode(() -> new Upstream(account(URI.create(address), Duration.ofSeconds(1)), pace))
                .doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource({"1, 0", "3, 0", "4, 60000", "6, 60000", "7, 120000"})
    void aPlaceWithinAMinute(int request, long waitMillis) {
        RateLimiter limiter = new RateLimiter(3);
        Duration wait = Duration.ZERO;
        for (int i = 0; i < request; i++) {
            wait = limiter.reserve(NOW);
        }
        assertThat(wait).isEqualTo(Duration.ofMillis(waitMillis));
        assertThat(limiter.reserve(NOW.plusSeconds(600))).isEqualTo(Duration.ZERO);
    }
}
