package io.sluice.standalone;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** The answer of {@code POST /v1/caps/what-if}, for people. */
final class WhatIfText {
    private static final DateTimeFormatter MINUTE = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm", Locale.ROOT);
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm", Locale.ROOT);

    /** Those that stop somebody first, of these the earliest. */
    private static final Comparator<JsonNode> IN_ORDER = Comparator.<JsonNode, Boolean>comparing(
                    alert -> !alert.path("stops").asBoolean())
            .thenComparing(alert -> time(alert, "reached_from"));

    private WhatIfText() {}

    /**
     * @param asked whether other limits than the actual ones were asked for
     * @param rows at most so many alerts
     */
    static String of(JsonNode answer, boolean asked, int rows) {
        Table summary = new Table(
                Table.Column.text("limits"),
                Table.Column.number("alerts"),
                Table.Column.number("users stopped"),
                Table.Column.number("pools stopped"),
                Table.Column.text("organization"));
        JsonNode sums = answer.path("summary");
        summary.row(cells("as they are", sums.path("actual")));
        if (asked) {
            summary.row(cells("as asked", sums.path("asked")));
        }
        StringBuilder text = new StringBuilder(summary.render());
        JsonNode data = answer.path("data");
        if (data.isEmpty()) {
            return text.append(System.lineSeparator())
                    .append(
                            asked
                                    ? "No alerts: nobody has spent enough for these limits, in the periods asked for."
                                    : "No alerts. Ask what other limits would have given, for example:"
                                            + " ./sluice caps what-if --organization 200")
                    .toString();
        }
        if (rows == 0) {
            return text.toString().stripTrailing();
        }
        text.append(System.lineSeparator()).append(alerts(data, rows).stripTrailing());
        long left = sums.path("asked").path("alerts").asLong() - Math.min(rows, data.size());
        if (left > 0) {
            text.append(System.lineSeparator())
                    .append(Table.count(left))
                    .append(" more; --rows shows more of them, --json up to ")
                    .append(Table.count(data.size()))
                    .append('.');
        }
        return text.toString();
    }

    private static String[] cells(String limits, JsonNode summary) {
        return new String[] {
            limits,
            Table.count(summary.path("alerts").asLong()),
            Table.count(summary.path("users_stopped").asLong()),
            Table.count(summary.path("pools_stopped").asLong()),
            summary.path("organization_stopped").asBoolean() ? "stopped" : "goes on"
        };
    }

    private static String alerts(JsonNode data, int rows) {
        List<JsonNode> sorted = new ArrayList<>();
        data.forEach(sorted::add);
        sorted.sort(IN_ORDER);
        Table table = new Table(
                Table.Column.text("who"),
                Table.Column.text("stops"),
                Table.Column.number("at"),
                Table.Column.number("of USD"),
                Table.Column.text("period"),
                Table.Column.text("from"),
                Table.Column.text("reached (UTC)"),
                Table.Column.text("limit"));
        for (JsonNode alert : sorted.subList(0, Math.min(rows, sorted.size()))) {
            table.row(
                    who(alert),
                    alert.path("stops").asBoolean() ? "yes" : "",
                    alert.path("threshold").asText() + " %",
                    CapText.amount(alert.path("amount_micros")),
                    alert.path("period").asText(),
                    LocalDateTime.ofInstant(time(alert, "period_start"), ZoneOffset.UTC)
                            .toLocalDate()
                            .toString(),
                    reached(time(alert, "reached_from"), time(alert, "reached_to")),
                    alert.path("spend_limit_id").asText());
        }
        return table.render();
    }

    private static String who(JsonNode alert) {
        return alert.path("user").isTextual() ? alert.path("user").asText() : CapText.scope(alert.path("scope"), null);
    }

    private static Instant time(JsonNode alert, String field) {
        return Instant.parse(alert.path(field).asText());
    }

    /** A day, or a part of one, or an instant. */
    private static String reached(Instant first, Instant last) {
        LocalDateTime from = LocalDateTime.ofInstant(first, ZoneOffset.UTC);
        LocalDateTime to = LocalDateTime.ofInstant(last, ZoneOffset.UTC);
        if (from.equals(to)) {
            return MINUTE.format(from);
        }
        if (from.toLocalTime().toSecondOfDay() == 0 && from.plusDays(1).equals(to)) {
            return from.toLocalDate().toString();
        }
        return MINUTE.format(from) + " to " + TIME.format(to);
    }
}
