package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The parts of a webhook: signature, address, waiting. */
class WebhookTest {
    /** Computed by another implementation. */
    @Test
    void signsAsStandardWebhooksHasIt() {
        String body =
                "{\"type\":\"alert.opened\",\"timestamp\":\"2026-09-21T14:13:20Z\",\"data\":{\"alert_id\":\"a-1\",\"severity\":\"high\"}}";
        assertThat(WebhookSignature.of("whsec_c3RyZWFtLWNvbnNvbGUtdGVzdC1rZXkh")
                        .of("msg_01TESTVECTOR", 1_790_000_000L, body.getBytes(StandardCharsets.UTF_8)))
                .isEqualTo("v1,8OFH8KywxiYO9TTRXiRbOt+s3oc8tsqrccvzdFz9Mj8=");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.0.0.0",
                "10.1.2.3",
                "100.64.0.1",
                "100.127.255.255",
                "127.0.0.1",
                "127.255.0.1",
                "169.254.169.254",
                "172.16.0.1",
                "172.31.255.255",
                "192.0.0.8",
                "192.0.2.1",
                "192.168.0.1",
                "198.18.0.1",
                "198.19.255.255",
                "198.51.100.1",
                "203.0.113.7",
                "224.0.0.1",
                "255.255.255.255",
                "::",
                "::1",
                "::ffff:10.0.0.1",
                "::127.0.0.1",
                "64:ff9b::a9fe:a9fe",
                "2001:db8::1",
                "2001::1",
                "2002:7f00:1::",
                "fc00::1",
                "fd00:ec2::254",
                "fe80::1",
                "ff02::1"
            })
    void isNotPublic(String address) throws UnknownHostException {
        assertThat(OutgoingAddress.isPublic(InetAddress.getByName(address))).isFalse();
        assertThatThrownBy(() -> OutgoingAddress.resolve(address, false)).isInstanceOf(UnknownHostException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "8.8.8.8",
                "100.63.255.255",
                "100.128.0.0",
                "172.15.255.255",
                "172.32.0.0",
                "192.169.0.1",
                "198.20.0.0",
                "223.255.255.255",
                "2606:4700::1111",
                "2a00::1"
            })
    void isPublic(String address) throws UnknownHostException {
        assertThat(OutgoingAddress.isPublic(InetAddress.getByName(address))).isTrue();
        assertThat(OutgoingAddress.resolve(address, false)).isEqualTo(InetAddress.getByName(address));
    }

    @Test
    void loopbackOnlyWhereItIsAllowed() throws UnknownHostException {
        assertThat(OutgoingAddress.resolve("localhost", true).isLoopbackAddress())
                .isTrue();
        assertThat(OutgoingAddress.resolve("127.0.0.1", true).isLoopbackAddress())
                .isTrue();
        assertThatThrownBy(() -> OutgoingAddress.resolve("localhost", false)).isInstanceOf(UnknownHostException.class);
        assertThatThrownBy(() -> OutgoingAddress.resolve("10.0.0.1", true)).isInstanceOf(UnknownHostException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "1, , PT1S",
        "2, , PT2S",
        "5, , PT16S",
        "12, , PT34M8S",
        "13, , PT1H",
        "36, , PT1H",
        "1, PT7S, PT7S",
        "9, PT0S, PT4M16S",
        "1, PT25H, PT1H"
    })
    void waitsLongerEachTimeAndAtLeastAsLongAsAsked(int attempts, @Nullable Duration asked, Duration expected) {
        assertThat(Backoff.delay(attempts, asked)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "120 | PT2M",
                "0 | PT0S",
                "Wed, 25 Nov 2026 12:00:30 GMT | PT30S",
                "Wed, 25 Nov 2026 11:00:00 GMT | PT0S",
                "soon | ",
                "-1 | ",
                " | "
            })
    void readsRetryAfter(@Nullable String value, @Nullable Duration expected) {
        assertThat(Webhook.retryAfter(value, Instant.parse("2026-11-25T12:00:00Z")))
                .isEqualTo(expected);
    }
}
