package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.RequestHeadersBuilder;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScimAddressTest {
    @ParameterizedTest
    @CsvSource({
        "false, , , http://sluice:8080",
        "true, , , https://sluice:8080",
        "false, https, , https://sluice:8080",
        "false, 'HTTPS, http', , https://sluice:8080",
        "false, 'http, https', , http://sluice:8080",
        "true, http, , https://sluice:8080",
        "false, https, sluice.example.com, https://sluice.example.com",
        "false, https, 'sluice.example.com:8443, inner', https://sluice.example.com:8443",
        "false, https, [2001:db8::1]:443, https://[2001:db8::1]:443",
        "false, javascript, , http://sluice:8080",
        "false, https, evil.example.com/x, https://sluice:8080",
        "false, https, a@evil.example.com, https://sluice:8080",
        "false, https, '', https://sluice:8080",
    })
    void isWhatTheClientWrote(boolean tls, @Nullable String proto, @Nullable String host, String expected) {
        RequestHeadersBuilder headers =
                RequestHeaders.builder(HttpMethod.GET, "/scim/v2/Users").authority("sluice:8080");
        if (proto != null) {
            headers.add(HttpHeaderNames.X_FORWARDED_PROTO, proto);
        }
        if (host != null) {
            headers.add(HttpHeaderNames.X_FORWARDED_HOST, host);
        }
        assertThat(ScimAddress.of(headers.build(), tls)).isEqualTo(expected);
    }
}
