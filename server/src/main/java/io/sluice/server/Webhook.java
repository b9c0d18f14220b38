package io.sluice.server;

import com.linecorp.armeria.client.ClientFactory;
import com.linecorp.armeria.client.Endpoint;
import com.linecorp.armeria.client.WebClient;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.SessionProtocol;
import com.linecorp.armeria.common.SplitHttpResponse;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * Sends signed messages to one receiver. The address is checked before each connection, and the connection goes to the
 * very address that was checked. No redirect is followed.
 */
final class Webhook implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    /**
     * What became of a message.
     *
     * @param status 0: no answer
     * @param retryAfter when the receiver wants to be asked again; null: it does not say
     * @param problem in words, without the URL and what was answered
     */
    record Outcome(int status, @Nullable Duration retryAfter, String problem) {
        boolean delivered() {
            return status >= 200 && status < 300;
        }

        /** The receiver wants no more. */
        boolean gone() {
            return status == 410;
        }
    }

    private final Settings.BillingWebhook settings;
    private final Clock clock;
    private final ClientFactory connections =
            ClientFactory.builder().connectTimeout(Duration.ofSeconds(5)).build();

    Webhook(Settings.BillingWebhook settings, Clock clock) {
        this.settings = settings;
        this.clock = clock;
    }

    /** Sends once. Blocking. */
    Outcome post(String id, byte[] body) {
        long now = clock.instant().getEpochSecond();
        try {
            RequestHeaders headers = RequestHeaders.builder(HttpMethod.POST, path(settings.url()))
                    .contentType(MediaType.JSON)
                    .set("webhook-id", id)
                    .set("webhook-timestamp", Long.toString(now))
                    .set("webhook-signature", settings.signer().of(id, now, body))
                    .set(HttpHeaderNames.USER_AGENT, "sluice")
                    .build();
            SplitHttpResponse response = client().execute(HttpRequest.of(headers, HttpData.wrap(body)))
                    .split();
            ResponseHeaders answer = response.headers().join();
            // However long it is, nobody reads it.
            response.body().abort();
            int status = answer.status().code();
            return new Outcome(
                    status, retryAfter(answer.get(HttpHeaderNames.RETRY_AFTER), clock.instant()), "answered " + status);
        } catch (UnknownHostException e) {
            return new Outcome(0, null, "the address cannot be used");
        } catch (CompletionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            return new Outcome(0, null, "no answer, " + cause.getClass().getSimpleName());
        }
    }

    private WebClient client() throws UnknownHostException {
        URI url = settings.url();
        boolean https = "https".equals(url.getScheme());
        String host = OutgoingAddress.host(url);
        InetAddress address = OutgoingAddress.resolve(host, settings.allowLoopback());
        int port = url.getPort() >= 0 ? url.getPort() : https ? 443 : 80;
        Endpoint endpoint = Endpoint.of(host, port);
        return WebClient.builder(
                        https ? SessionProtocol.HTTPS : SessionProtocol.H1C,
                        endpoint.hasIpAddr() ? endpoint : endpoint.withIpAddr(address.getHostAddress()))
                .factory(connections)
                .responseTimeout(PATIENCE)
                .maxResponseLength(0)
                .build();
    }

    private static String path(URI url) {
        String path = url.getRawPath() == null || url.getRawPath().isEmpty() ? "/" : url.getRawPath();
        return url.getRawQuery() == null ? path : path + '?' + url.getRawQuery();
    }

    /** Seconds, or a date of HTTP; null: neither. */
    static @Nullable Duration retryAfter(@Nullable String value, Instant now) {
        if (value == null) {
            return null;
        }
        try {
            if (value.matches("\\d{1,9}")) {
                return Duration.ofSeconds(Long.parseLong(value));
            }
            Duration left = Duration.between(
                    now, ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME.withLocale(Locale.ROOT)));
            return left.isNegative() ? Duration.ZERO : left;
        } catch (DateTimeException e) {
            return null;
        }
    }

    @Override
    public void close() {
        connections.close();
    }
}
