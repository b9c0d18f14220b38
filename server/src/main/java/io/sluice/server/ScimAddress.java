package io.sluice.server;

import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.RequestHeaders;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The server's address as the client wrote it, for the absolute locations in the answer to that client. Behind a proxy
 * that ends TLS it is what the proxy says in {@code X-Forwarded-Proto} and {@code X-Forwarded-Host}. Whoever sends these
 * without a proxy, or another {@code Host}, gets wrong locations in answers to itself; nothing of it is kept.
 */
final class ScimAddress {
    private static final Pattern HOST =
            Pattern.compile("[A-Za-z0-9._-]{1,253}(:[0-9]{1,5})?|\\[[0-9A-Fa-f:.]{2,45}](:[0-9]{1,5})?");

    private ScimAddress() {}

    /**
     * For example {@code https://sluice.example.com}.
     *
     * @param tls whether this server's own listener speaks TLS; then it is https whatever a header says
     */
    static String of(RequestHeaders headers, boolean tls) {
        String scheme = nearestToClient(headers.get(HttpHeaderNames.X_FORWARDED_PROTO));
        boolean https =
                tls || (scheme != null && scheme.toLowerCase(Locale.ROOT).equals("https"));
        String host = nearestToClient(headers.get(HttpHeaderNames.X_FORWARDED_HOST));
        boolean forwarded = host != null && HOST.matcher(host).matches();
        return (https ? "https://" : "http://") + (forwarded ? host : headers.authority());
    }

    /** Each proxy adds what it has seen; the first one talks to the client. */
    private static @Nullable String nearestToClient(@Nullable String values) {
        return values == null ? null : values.split(",", 2)[0].strip();
    }
}
