package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.RequestHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ServedAddressTest {
    @ParameterizedTest
    @CsvSource({
        "https://sluice.example.com, https://sluice.example.com:4318",
        "http://127.0.0.1:8080, http://127.0.0.1:4318",
        "http://[::1]:8080, http://[::1]:4318",
        "https://gw.example.com:8443/tools/sluice, https://gw.example.com:4318",
    })
    void whatCanBeServed(String address, String otlp) {
        ServedAddress served = ServedAddress.of("address", address);
        assertThat(served.url()).isEqualTo(address);
        assertThat(served.withPort(4318).url()).isEqualTo(otlp);
    }

    /** It is written into a shell script between single quotes. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "sluice.example.com",
                "ftp://sluice.example.com",
                "http://",
                "http://a b",
                "http://a/",
                "http://a'b",
                "http://a';touch /tmp/x;'",
                "http://a$(id)",
                "http://a`id`",
                "http://a\nb",
                "http://a/b\n",
                "http://user:secret@a",
                "http://a?b=c",
                "http://a#b",
                "http://a\\b",
                "http://ä.example.com",
            })
    void whatCannot(String address) {
        assertThatThrownBy(() -> ServedAddress.of("address", address))
                .hasMessageContaining("(expected: http:// or https://, a host")
                .hasFieldOrPropertyWithValue("field", "address");
    }

    @Test
    void whatTheRequestSays() {
        RequestHeaders headers = RequestHeaders.builder(HttpMethod.GET, "/")
                .authority("sluice.example.com:8080")
                .build();
        assertThat(ServedAddress.of(headers, false).url()).isEqualTo("http://sluice.example.com:8080");
        assertThat(ServedAddress.of(headers, true).url()).isEqualTo("https://sluice.example.com:8080");
        assertThatThrownBy(() -> ServedAddress.of(
                        RequestHeaders.builder(HttpMethod.GET, "/")
                                .authority("a';touch x;'")
                                .build(),
                        false))
                .hasFieldOrPropertyWithValue("field", "Host");
    }
}
