package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** {@code GET /}: one page without scripts. Every value on it is escaped. */
final class HomePage {
    private static final String STYLE =
            "body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem}"
                    + "table{border-collapse:collapse}td,th{padding:.2rem .8rem;border-bottom:1px solid #ccc;text-align:left}"
                    + "td.n,th.n{text-align:right}pre{background:#f4f4f4;padding:1rem;overflow:auto}.down{color:#b00020}";

    /** Nothing but the one style sheet above; no script, no frame, no form. */
    static final String CONTENT_SECURITY_POLICY = "default-src 'none'; style-src 'sha256-" + sha256(STYLE)
            + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private HomePage() {}

    /**
     * The page.
     *
     * @param spend answer of {@link SpendReport}; null: not to be had
     * @param otlpEndpoint what a client on this machine sends to
     */
    static String render(String orgId, Health.Report health, @Nullable JsonNode spend, String otlpEndpoint) {
        StringBuilder html = new StringBuilder(4096);
        html.append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Sluice</title><style>")
                .append(STYLE)
                .append("</style></head><body>\n<h1>Sluice</h1>\n");
        spend(html, orgId, spend);
        health(html, health);
        html.append("<h2>Send data</h2>\n<p>In the shell that starts Claude Code:</p>\n<pre>")
                .append(escape(environment(otlpEndpoint)))
                .append("</pre>\n<p>Over loopback this needs no token. From elsewhere add ")
                .append("<code>export OTEL_EXPORTER_OTLP_HEADERS=\"Authorization=Bearer%20TOKEN\"</code> ")
                .append("with a token of scope <code>ingest</code>.</p>\n");
        html.append("<h2>More</h2>\n<ul>")
                .append("<li><a href=\"/health\">/health</a></li>")
                .append("<li><a href=\"/openapi.json\">/openapi.json</a>: everything that can be asked; ")
                .append("<code>curl -H \"Authorization: Bearer $(cat admin.token)\" …/v1/spend</code></li>")
                .append("</ul>\n</body></html>\n");
        return html.toString();
    }

    static String environment(String otlpEndpoint) {
        return String.join(
                "\n",
                "export CLAUDE_CODE_ENABLE_TELEMETRY=1",
                "export OTEL_LOGS_EXPORTER=otlp",
                "export OTEL_METRICS_EXPORTER=otlp",
                "export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
                "export OTEL_EXPORTER_OTLP_ENDPOINT=" + otlpEndpoint,
                "export OTEL_METRIC_EXPORT_INTERVAL=10000",
                "");
    }

    private static void spend(StringBuilder html, String orgId, @Nullable JsonNode spend) {
        html.append("<h2>Spend by user</h2>\n");
        if (spend == null) {
            html.append(
                    "<p class=\"down\">Not shown: Elasticsearch does not answer, the directory is not read yet (see Health), or the organization's analytics tell of teams only.</p>\n");
            return;
        }
        if (spend.path("data").isEmpty()) {
            html.append("<p>No data yet for organization <b>")
                    .append(escape(orgId))
                    .append("</b>.</p>\n");
            return;
        }
        html.append("<p>Organization <b>")
                .append(escape(orgId))
                .append("</b>, ")
                .append(escape(spend.path("starting_at").asText()))
                .append(" to ")
                .append(escape(spend.path("ending_at").asText()))
                .append(" (the newest month with data).</p>\n<table><tr><th>User</th><th class=\"n\">USD</th>")
                .append("<th class=\"n\">Requests</th></tr>\n");
        for (JsonNode row : spend.path("data")) {
            html.append("<tr><td>")
                    .append(escape(row.path("group").path("user").asText()))
                    .append("</td><td class=\"n\">")
                    .append(dollars(row.path("spend_micros").asLong()))
                    .append("</td><td class=\"n\">")
                    .append(
                            row.path("requests").isNull()
                                    ? "unknown"
                                    : row.path("requests").asText())
                    .append("</td></tr>\n");
        }
        html.append("</table>\n");
        if (spend.path("has_more").asBoolean()) {
            html.append("<p>There are more: <code>GET /v1/spend?group_by[]=user</code>.</p>\n");
        }
    }

    private static void health(StringBuilder html, Health.Report health) {
        html.append("<h2>Health</h2>\n<table>");
        health.json().path("components").properties().forEach(component -> {
            String status = component.getValue().path("status").asText();
            html.append("<tr><td>")
                    .append(escape(component.getKey()))
                    .append(status.equals("up") ? "</td><td>" : "</td><td class=\"down\">")
                    .append(escape(status))
                    .append("</td><td>")
                    .append(escape(component.getValue().path("message").asText()))
                    .append("</td></tr>\n");
        });
        html.append("</table>\n");
    }

    private static String dollars(long micros) {
        return BigDecimal.valueOf(micros, 6).toPlainString();
    }

    static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }

    private static String sha256(String text) {
        try {
            return Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
