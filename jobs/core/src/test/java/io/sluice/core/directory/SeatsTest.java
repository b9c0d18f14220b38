package io.sluice.core.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.sluice.schema.DirectorySeats;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SeatsTest {
    private static final long DAY = Duration.ofDays(1).toNanos() / 1_000;

    private final Edits edits = new Edits();

    /** {@code u3@1}: user u3 asks since 1. */
    @ParameterizedTest(name = "{0} seats, {2}")
    @CsvSource({
        "0, 150, '',                '',       '',       0, 0",
        "3, 150, '',                '',       '',       3, 450",
        "2, 150, u1@5,              u1,       '',       1, 150",
        "2, 150, u1@5 u2@4,         u2 u1,    '',       0, 0",
        "2, 150, u1@5 u2@4 u3@6,    u2 u1,    u3,       0, 0",
        "1, 150, u3@7 u2@7 u1@7,    u1,       u2 u3,    0, 0",
        "0, 150, u2@1 u1@2,         '',       u2 u1,    0, 0",
        "9, 0,   u1@1,              u1,       '',       8, 0",
    })
    void firstComeFirstSeated(
            long purchased, long price, String asking, String assigned, String waiting, long free, long unused) {
        Seats.Tier tier = Seats.allocate("premium", new DirectorySeats(purchased, price, ""), queue(asking));
        assertThat(String.join(" ", users(tier.assigned()))).isEqualTo(assigned);
        assertThat(String.join(" ", users(tier.waiting()))).isEqualTo(waiting);
        assertThat(tier.free()).isEqualTo(free);
        assertThat(tier.unusedMicrosPerMonth()).isEqualTo(unused);
    }

    @Test
    void negativeNumbersAreRefused() {
        assertThatThrownBy(() -> Seats.allocate("premium", new DirectorySeats(-1L, 0L, ""), List.of()))
                .hasMessage("purchased: -1 (expected: 0 or greater)");
        assertThatThrownBy(() -> Seats.allocate("premium", new DirectorySeats(1L, -5L, ""), List.of()))
                .hasMessage("price_micros: -5 (expected: 0 or greater)");
    }

    /** A change that is none of the tier or of being active keeps the place in the queue. */
    @Test
    void whoLeavesTheQueueGoesToItsEnd() {
        edits.seats("premium", 1, 150_000_000);
        edits.user("u1", "ann", true, "premium");
        edits.user("u2", "ben", true, "premium");
        edits.user("u1", "ann.liddell", true, "premium", "ann@example.com");
        assertThat(users(premium().assigned())).containsExactly("u1");
        assertThat(users(premium().waiting())).containsExactly("u2");

        edits.user("u1", "ann.liddell", false, "premium", "ann@example.com");
        assertThat(users(premium().assigned())).containsExactly("u2");
        assertThat(premium().waiting()).isEmpty();

        edits.user("u1", "ann.liddell", true, "premium", "ann@example.com");
        assertThat(users(premium().waiting())).containsExactly("u1");

        edits.seats("premium", 2, 150_000_000);
        assertThat(users(premium().assigned())).containsExactly("u2", "u1");

        edits.delete(Kind.USER, "u2");
        assertThat(premium().free()).isEqualTo(1);
        assertThat(premium().unusedMicrosPerMonth()).isEqualTo(150_000_000);
    }

    @Test
    void tiersThatWereNotBoughtHaveNoSeats() {
        edits.seats("standard", 5, 25_000_000);
        edits.user("u1", "ann", true, "premium");
        assertThat(Seats.of(edits.directory()))
                .extracting(Seats.Tier::tier, Seats.Tier::purchased, tier -> users(tier.waiting()))
                .containsExactly(tuple("premium", 0L, List.of("u1")), tuple("standard", 5L, List.of()));
    }

    /** On day 100, of a user who asked on a day and was last seen on a day. */
    @ParameterizedTest(name = "asked on day {0}, seen on day {1}: {2}")
    @CsvSource({"1, 69, 69", "1, 70, 70", "1, 71, ", "1, , 1", "70, , 70", "71, , ", "80, 20, ", "60, 20, 60"})
    void idleForThirtyDays(long asked, @Nullable Long seen, @Nullable Long idleSince) {
        Seats.Tier tier = Seats.allocate(
                "premium", new DirectorySeats(1L, 0L, ""), List.of(new Asking("u1", "premium", asked * DAY)));
        List<Seats.Idle> idle =
                Seats.idle(tier, seen == null ? Map.of() : Map.of("u1", seen * DAY), 100 * DAY, Duration.ofDays(30));
        assertThat(idle).isEqualTo(idleSince == null ? List.of() : List.of(new Seats.Idle("u1", idleSince * DAY)));
    }

    @Test
    void idleSeatsOnlyOfThoseWhoHaveOneTheLongestIdleFirst() {
        Seats.Tier tier = Seats.allocate("premium", new DirectorySeats(2L, 0L, ""), queue("u1@1 u2@2 u3@3"));
        assertThat(Seats.idle(tier, Map.of("u1", 5L), 40 * DAY, Duration.ofDays(30)))
                .extracting(Seats.Idle::userId)
                .containsExactly("u2", "u1");
    }

    @ParameterizedTest(name = "{0} ask, {1} did, {2} bought")
    @CsvSource({
        "100, 72,  100, 28,  130, 30",
        "100, 100, 100, 0,   100, 0",
        "100, 99,  100, 1,   102, 2",
        "100, 101, 100, -1,  99,  0",
        "100, 128, 60,  -28, 70,  10",
        "1,   40,  5,   -39, 0,   0",
        "0,   0,   0,   0,   0,   0",
        "28,  0,   0,   28,  58,  58",
    })
    void growthGoesOn(long asking, long before, long bought, long growth, long needed, long missing) {
        assertThat(Seats.forecast(asking, before, bought))
                .isEqualTo(new Seats.Forecast(asking, growth, needed, missing));
    }

    @Test
    void forecastFromTheHistoryOfUsers() {
        edits.seats("premium", 3, 0);
        edits.user("u1", "ann", true, "premium");
        edits.user("u2", "ben", true, "standard");
        long then = edits.now;
        edits.now += 5 * DAY;
        edits.user("u2", "ben", true, "premium");
        edits.user("u3", "cleo", true, "premium");
        edits.user("u4", "dan", true, "premium");
        edits.delete(Kind.USER, "u4");
        assertThat(Seats.forecast(edits.directory(), then + 28 * DAY))
                .containsOnly(
                        Map.entry("premium", new Seats.Forecast(3, 2, 6, 3)),
                        Map.entry("standard", new Seats.Forecast(0, -1, 0, 0)));
    }

    private Seats.Tier premium() {
        return Seats.of(edits.directory(), "premium");
    }

    private static List<String> users(List<Asking> asking) {
        return asking.stream().map(Asking::userId).toList();
    }

    private static List<Asking> queue(String text) {
        List<Asking> queue = new ArrayList<>();
        Arrays.stream(text.split(" ")).filter(one -> !one.isEmpty()).forEach(one -> {
            int at = one.indexOf('@');
            queue.add(new Asking(one.substring(0, at), "premium", Long.parseLong(one.substring(at + 1))));
        });
        return queue;
    }
}
