package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GuessGuardTest {
    private final MovableClock clock = new MovableClock();
    private final List<String> failures = new ArrayList<>();
    private final List<String> refusals = new ArrayList<>();
    private final GuessGuard guard = new GuessGuard(clock, failures::add, refusals::add);

    private static InetAddress address(String text) throws UnknownHostException {
        return InetAddress.getByName(text);
    }

    private void fail(String address, int times) throws UnknownHostException {
        for (int i = 0; i < times; i++) {
            guard.failed(address(address));
        }
    }

    private boolean refuses(String address) throws UnknownHostException {
        try {
            guard.check(address(address), "a hash");
            return false;
        } catch (Refusal refusal) {
            assertThat(refusal.kind()).isEqualTo(Refusal.Kind.RATE_LIMITED);
            return true;
        }
    }

    @ParameterizedTest
    @CsvSource({
        "192.0.2.7, 9, 192.0.2.7, false",
        "192.0.2.7, 10, 192.0.2.7, true",
        "192.0.2.7, 10, 192.0.2.8, false",
        "2001:db8:1:2::1, 10, 2001:db8:1:2:ffff::9, true",
        "2001:db8:1:2::1, 10, 2001:db8:1:3::1, false",
        "::ffff:192.0.2.7, 10, 192.0.2.7, true",
        // The /64 that would look like the IPv4 address, if they were not told apart.
        "192.0.2.7, 10, 0:0:c000:207::1, false",
        "0.0.0.0, 10, ::1, false",
    })
    void tenFailuresCloseAnAddress(String failing, int times, String asked, boolean refused) throws Exception {
        fail(failing, times);
        assertThat(refuses(asked)).isEqualTo(refused);
    }

    @Test
    void forTheRestOfTheMinute() throws Exception {
        fail("192.0.2.7", 1);
        clock.advance(Duration.ofSeconds(40));
        fail("192.0.2.7", 9);
        assertThatThrownBy(() -> guard.check(address("192.0.2.7"), "a hash"))
                .extracting("retryAfterSeconds")
                .isEqualTo(20L);
        clock.advance(Duration.ofSeconds(20));
        assertThat(refuses("192.0.2.7")).isFalse();
        // And from the beginning.
        fail("192.0.2.7", 9);
        assertThat(refuses("192.0.2.7")).isFalse();
        fail("192.0.2.7", 1);
        assertThat(refuses("192.0.2.7")).isTrue();
        assertThat(failures).hasSize(20).containsOnly("192.0.2.7");
        assertThat(refusals).containsExactly("192.0.2.7", "192.0.2.7");
    }

    @Test
    void whoWasAcceptedThereBeforeGoesOn() throws Exception {
        guard.succeeded(address("192.0.2.7"), "known");
        guard.succeeded(address("192.0.2.8"), "elsewhere");
        fail("192.0.2.7", 10);
        assertThatCode(() -> guard.check(address("192.0.2.7"), "known")).doesNotThrowAnyException();
        assertThatThrownBy(() -> guard.check(address("192.0.2.7"), "elsewhere")).isInstanceOf(Refusal.class);
    }

    @Test
    void aClockThatIsSetBackLocksNobodyOut() throws Exception {
        fail("192.0.2.7", 10);
        clock.advance(Duration.ofHours(-1));
        assertThat(refuses("192.0.2.7")).isFalse();
    }

    @Test
    void memoryIsBounded() throws Exception {
        fail("192.0.2.7", 10);
        for (int i = 0; i < GuessGuard.MOST_ADDRESSES; i++) {
            fail("10." + (i >> 16) + '.' + (i >> 8 & 255) + '.' + (i & 255), 1);
            guard.succeeded(address("192.0.2.9"), "hash-" + i);
        }
        assertThat(guard.size()).isEqualTo(GuessGuard.MOST_ADDRESSES);
        // The oldest made room.
        assertThat(refuses("192.0.2.7")).isFalse();
    }
}
