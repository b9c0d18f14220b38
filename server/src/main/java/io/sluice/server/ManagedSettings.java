package io.sluice.server;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * Managed settings of Claude Code, ready to be handed out: telemetry to this server, the hooks, the status line. Where
 * tokens have to stand there are placeholders.
 */
final class ManagedSettings {
    static final String INGEST_TOKEN = "REPLACE_WITH_INGEST_TOKEN";
    static final String BUDGET_TOKEN = "REPLACE_WITH_BUDGET_TOKEN";

    private static final String TOKEN_VARIABLE = "SLUICE_BUDGET_TOKEN";
    private static final String USER_VARIABLE = "CLAUDE_CODE_USER_EMAIL";

    /** Every second: what was spent is in the budget soon after. The client's own default is five times as long. */
    private static final String LOGS_INTERVAL_MILLIS = "1000";

    private static final String METRICS_INTERVAL_MILLIS = "10000";
    private static final int HOOK_TIMEOUT_SECONDS = 3;
    private static final int STATUS_LINE_SECONDS = 15;

    private static final String STATUS_LINE = statusLine();
    private static final String ADDRESS = "@ADDRESS@";

    private ManagedSettings() {}

    /** @param closed whether nothing goes on while the hooks get no answer */
    static ObjectNode of(ServedAddress rest, ServedAddress otlp, boolean closed) {
        ObjectNode settings = CapRoutes.object();
        settings.putObject("env")
                .put("CLAUDE_CODE_ENABLE_TELEMETRY", "1")
                .put("OTEL_METRICS_EXPORTER", "otlp")
                .put("OTEL_LOGS_EXPORTER", "otlp")
                .put("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
                .put("OTEL_EXPORTER_OTLP_ENDPOINT", otlp.url())
                .put("OTEL_EXPORTER_OTLP_HEADERS", "Authorization=Bearer " + INGEST_TOKEN)
                .put("OTEL_LOGS_EXPORT_INTERVAL", LOGS_INTERVAL_MILLIS)
                .put("OTEL_METRIC_EXPORT_INTERVAL", METRICS_INTERVAL_MILLIS)
                .put(TOKEN_VARIABLE, BUDGET_TOKEN);
        ObjectNode hooks = settings.putObject("hooks");
        for (Hook hook : Hook.values()) {
            hooks.putArray(hook.eventName()).addObject().putArray("hooks").add(hook(hook, rest, closed));
        }
        settings.putObject("statusLine")
                .put("type", "command")
                .put("command", STATUS_LINE.replace(ADDRESS, rest.url()))
                .put("padding", 0)
                .put("refreshInterval", STATUS_LINE_SECONDS);
        return settings;
    }

    private static ObjectNode hook(Hook hook, ServedAddress rest, boolean closed) {
        ObjectNode json = CapRoutes.object()
                .put("type", "http")
                .put("url", rest.url() + hook.path())
                .put("timeout", HOOK_TIMEOUT_SECONDS);
        json.putObject("headers")
                .put("Authorization", "Bearer ${" + TOKEN_VARIABLE + "}")
                .put(AskingUser.HEADER, "${" + USER_VARIABLE + "}");
        json.putArray("allowedEnvVars").add(TOKEN_VARIABLE).add(USER_VARIABLE);
        return json.put("onFailure", closed ? "block" : "continue");
    }

    /** Without the comments: it is read by a shell, and handed out in one text. */
    private static String statusLine() {
        try (InputStream in = ManagedSettings.class.getResourceAsStream("statusline.sh")) {
            if (in == null) {
                throw new IllegalStateException("statusline.sh: missing from the class path");
            }
            StringBuilder script = new StringBuilder();
            new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.stripLeading().startsWith("#"))
                    .forEach(line -> script.append(line.strip()).append('\n'));
            return script.toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
