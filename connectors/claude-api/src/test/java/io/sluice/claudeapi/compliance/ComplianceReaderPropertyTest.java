package io.sluice.claudeapi.compliance;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.claudeapi.TestPace;
import io.sluice.schema.DeadLetter;
import io.sluice.testing.ComplianceServer;
import io.sluice.testing.ComplianceServer.Mischief;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against a server that misbehaves: ours ends with the exact set, one written without care does not. */
class ComplianceReaderPropertyTest {
    private static final int CHATS = 60;
    private static final Instant END = Scenario.LAST.plus(Duration.ofHours(3));
    private static final Mischief[] WAYS = {
        Mischief.RATE_LIMITED,
        Mischief.RATE_LIMITED_IN_SILENCE,
        Mischief.ERROR,
        Mischief.BAD_GATEWAY,
        Mischief.UNAVAILABLE,
        Mischief.OVERLOADED,
        Mischief.REPEATED_PAGE,
        Mischief.REPEATED_ROWS,
        Mischief.EXPIRED_CURSOR,
        Mischief.DAMAGED_BYTES
    };

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 8})
    void endsWithTheExactSetWhateverHappens(long seed) throws Exception {
        Scenario scenario = new Scenario(seed, CHATS);
        TestPace pace = new TestPace(Scenario.START);
        Path key = Files.writeString(folder.resolve("key"), Driver.KEY);
        try (ComplianceServer server = ComplianceServer.start(Driver.KEY, pace.clock(), scenario.facts)) {
            server.pagesOf(7);
            server.misbehave(seed, 15, WAYS);
            Driver driver = new Driver(server.url(), key, pace, Scenario.FIRST.minusSeconds(1));
            Random random = new Random(seed);
            driver.runUntil(END.minus(Duration.ofMinutes(100)), random);
            server.misbehave(seed, 0, WAYS);
            server.expireCursors();
            driver.runUntil(END);

            assertThat(driver.deaths).as("seed %d", seed).isPositive();
            Recipient known = driver.recipient;
            assertThat(known.activities).isEqualTo(scenario.activities);
            assertThat(known.texts()).isEqualTo(scenario.texts);
            assertThat(known.deleted()).isEqualTo(scenario.deleted);
            assertThat(known.entries()).isEqualTo(scenario.directory);
            assertThat(known.letters).extracting(DeadLetter::getReason).doesNotContain("upstream-refused");
            assertThat(server.mostWithinAMinute()).isLessThanOrEqualTo(driver.account.perMinute());
        }
    }

    @Test
    void aNaivePollerLosesRowsAndEmptiesWhatItHad() throws Exception {
        Scenario scenario = new Scenario(1, CHATS);
        TestPace pace = new TestPace(Scenario.START);
        try (ComplianceServer server = ComplianceServer.start(Driver.KEY, pace.clock(), scenario.facts)) {
            NaivePoller naive = new NaivePoller(server.url(), pace);
            naive.run(Scenario.FIRST, END);

            assertThat(naive.activities).isNotEmpty();
            assertThat(naive.activities.containsAll(scenario.activities)).isFalse();
            assertThat(scenario.texts.keySet().stream()
                            .filter(message -> message.startsWith("claude_chat_") && !naive.texts.containsKey(message))
                            .count())
                    .as("messages that it never saw")
                    .isPositive();
            assertThat(naive.texts.values().stream().filter(String::isEmpty).count())
                    .as("messages that it had and emptied")
                    .isPositive();
        }
    }
}
