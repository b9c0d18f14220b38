package io.sluice.server;

import com.linecorp.armeria.common.RequestHeaders;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where clients are to find this server, as it is written into their settings. Of characters that mean nothing to a shell
 * between single quotes.
 *
 * @param url without a slash at the end
 */
record ServedAddress(String url) {
    private static final Pattern URL =
            Pattern.compile("(https?://(?:[A-Za-z0-9._-]{1,253}|\\[[0-9A-Fa-f:.]{2,45}]))(?::[0-9]{1,5})?"
                    + "(?:/[A-Za-z0-9._~-]{1,100}){0,10}");

    private static final String EXPECTED =
            "http:// or https://, a host, a port if there is one, and no slash at the end,"
                    + " such as https://sluice.example.com";

    /** @throws Refusal INVALID naming the field */
    static ServedAddress of(String field, String given) {
        if (!URL.matcher(given).matches()) {
            throw Refusal.invalid(field, given, EXPECTED);
        }
        return new ServedAddress(given);
    }

    /** The address that the request itself went to. */
    static ServedAddress of(RequestHeaders headers, boolean tls) {
        return of("Host", ScimAddress.of(headers, tls));
    }

    /** The same host, another port, no path. */
    ServedAddress withPort(int port) {
        Matcher matcher = URL.matcher(url);
        if (!matcher.matches()) {
            throw new IllegalStateException(url + " (expected: checked before)");
        }
        return new ServedAddress(matcher.group(1) + ':' + port);
    }
}
