package io.sluice.otlp;

import static io.sluice.otlp.Otlp.TIME;
import static io.sluice.otlp.Otlp.apiRequest;
import static io.sluice.otlp.Otlp.attribute;
import static io.sluice.otlp.Otlp.event;
import static io.sluice.otlp.Otlp.logs;
import static io.sluice.otlp.Otlp.nanos;
import static io.sluice.otlp.Otlp.point;
import static io.sluice.otlp.Otlp.sum;
import static io.sluice.otlp.Otlp.value;
import static io.sluice.otlp.Otlp.with;
import static io.sluice.otlp.Otlp.without;
import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.metrics.v1.AggregationTemporality;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.metrics.v1.Sum;
import io.sluice.schema.DeadLetter;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Bad records: each becomes a dead letter with its reason, between two good ones that are not touched. */
class RejectionTest {
    private static final String SECRET = "s3cret-text";

    private static Arguments bad(String reason, @Nullable String field, LogRecord.Builder record) {
        return Arguments.of(reason, field, record);
    }

    private static Arguments badNumber(String reason, String key, Object value) {
        return bad(reason, key, with(apiRequest(), key, value));
    }

    private static Arguments badCost(String reason, Object value) {
        return bad(reason, "cost_usd", without(with(apiRequest(), "cost_usd", value), "cost_usd_micros"));
    }

    private static LogRecord.Builder manyAttributes(LogRecord.Builder record, int count) {
        for (int i = 0; i < count; i++) {
            record.addAttributes(attribute("key-" + i, SECRET));
        }
        return record;
    }

    static List<Arguments> badRecords() {
        String longText = SECRET + "x".repeat(513);
        return List.of(
                bad("event-name-missing", "event.name", without(event("x"), "event.name")),
                bad("event-name-missing", "event.name", with(event("x"), "event.name", " ")),
                bad("event-name-missing", "event.name", with(event("x"), "event.name", "claude_code.")),
                bad(
                        "event-name-missing",
                        "event.name",
                        without(event("x"), "event.name").setBody(value("a log line with " + SECRET))),
                bad("value-too-long", "event.name", event(longText)),
                bad("model-missing", "model", without(apiRequest(), "model")),
                bad("model-missing", "model", with(apiRequest(), "model", "")),
                badNumber("number-out-of-range", "input_tokens", -1),
                badNumber("number-out-of-range", "input_tokens", 1_000_000_001L),
                badNumber("number-out-of-range", "input_tokens", Long.MAX_VALUE),
                badNumber("number-out-of-range", "input_tokens", Double.NaN),
                badNumber("number-out-of-range", "output_tokens", "-5"),
                badNumber("number-out-of-range", "output_tokens", Double.POSITIVE_INFINITY),
                badNumber("number-out-of-range", "cache_read_tokens", "1e300"),
                badNumber("number-out-of-range", "cache_creation_tokens", -0.5),
                badNumber("number-out-of-range", "cost_usd_micros", -1),
                badNumber("number-out-of-range", "cost_usd_micros", 1_000_000_000_001L),
                badNumber("number-expected", "input_tokens", SECRET),
                badNumber("number-expected", "input_tokens", "12d"),
                badNumber("number-expected", "input_tokens", "0x10"),
                badNumber("number-expected", "input_tokens", "1-"),
                badNumber("number-expected", "input_tokens", 1.5),
                badNumber("number-expected", "cache_creation_1h_tokens", List.of(SECRET)),
                badNumber("number-expected", "cache_creation_5m_tokens", Map.of("a", SECRET)),
                badNumber("number-expected", "cost_usd_micros", "free"),
                badCost("number-out-of-range", Double.NaN),
                badCost("number-out-of-range", "NaN"),
                badCost("number-out-of-range", Double.NEGATIVE_INFINITY),
                badCost("number-out-of-range", -0.01),
                badCost("number-out-of-range", 1_000_000.1),
                badCost("number-expected", SECRET),
                bad("timestamp-in-future", "timeUnixNano", event("x").setTimeUnixNano(-1)),
                bad(
                        "timestamp-in-future",
                        "timeUnixNano",
                        event("x").setTimeUnixNano(nanos(Checks.RECEIVED.plusSeconds(601)))),
                bad(
                        "timestamp-in-future",
                        "event.timestamp",
                        with(event("x").setTimeUnixNano(0), "event.timestamp", "2027-01-01T00:00:00.000Z")),
                bad(
                        "timestamp-too-old",
                        "event.timestamp",
                        with(event("x").setTimeUnixNano(0), "event.timestamp", "-200000-01-01T00:00:00Z")),
                bad("timestamp-too-old", "timeUnixNano", event("x").setTimeUnixNano(1)),
                bad(
                        "timestamp-too-old",
                        "observedTimeUnixNano",
                        without(event("x").setTimeUnixNano(0), "event.timestamp")
                                .setObservedTimeUnixNano(nanos(Instant.parse("2022-12-31T23:59:59Z")))),
                bad("too-many-attributes", "attributes", manyAttributes(event("x"), 997)),
                bad("too-many-attributes", "attributes", manyAttributes(apiRequest(), 10_000)),
                bad("value-too-long", "session.id", with(event("x"), "session.id", longText)),
                bad("value-too-long", "request_id", with(apiRequest(), "request_id", longText)),
                bad("value-too-long", "client_request_id", with(apiRequest(), "client_request_id", longText)),
                bad("value-too-long", "message.id", with(apiRequest(), "message.id", longText)),
                bad("value-too-long", "user.email", with(apiRequest(), "user.email", longText)),
                bad("value-too-long", "model", with(apiRequest(), "model", longText)),
                bad("value-too-long", "prompt.id", with(event("x"), "prompt.id", List.of(longText))),
                bad(
                        "value-too-long",
                        "message.uuid",
                        with(event("user_prompt"), "message.uuid", longText)
                                .addAttributes(attribute("prompt", SECRET))),
                bad(
                        "record-too-large",
                        null,
                        event("x")
                                .addAttributes(attribute("a", "a".repeat(300_000)))
                                .addAttributes(attribute("b", "b".repeat(300_000)))
                                .addAttributes(attribute("c", "c".repeat(300_000)))
                                .addAttributes(attribute("d", "d".repeat(300_000)))),
                bad(
                        "organization-mismatch",
                        "organization.id",
                        event("x").addAttributes(attribute("organization.id", SECRET))));
    }

    @ParameterizedTest(name = "{0} {1} {index}")
    @MethodSource("badRecords")
    void aBadRecordBecomesADeadLetterAndCostsNothingElse(
            String reason, @Nullable String field, LogRecord.Builder record) throws IOException {
        OtlpContext context = new OtlpContext("org-1", Set.of("allowed"), Checks.RECEIVED, false);
        LogRecord.Builder first =
                with(apiRequest(), "event.sequence", 1).addAttributes(attribute("organization.id", "allowed"));
        LogRecord.Builder last = with(apiRequest(), "event.sequence", 2);
        Decoded decoded =
                Checks.consistent(OtlpDecoder.decode(logs(Map.of("service.name", "s"), first, record, last), context));
        assertThat(decoded.usage()).hasSize(2);
        assertThat(decoded.activity()).isEmpty();
        assertThat(decoded.content()).isEmpty();
        assertThat(decoded.deadLetters()).hasSize(1);
        DeadLetter letter = decoded.deadLetters().get(0);
        assertThat(letter.getReason()).isEqualTo(reason);
        assertThat(letter.getField()).isEqualTo(field);
        assertThat(letter.getMessage())
                .startsWith(field == null ? "record: " : field + ": ")
                .contains(" (expected: ");
        assertThat(letter.getOrgId()).isEqualTo("org-1");
        assertThat(letter.getSource()).isEqualTo("otlp-logs");
        assertThat(letter.toString()).doesNotContain(SECRET);
        assertThat(decoded.message())
                .startsWith("1 of 3 records rejected: 1 " + reason + ". First: ")
                .doesNotContain(SECRET);
        Decoded again = OtlpDecoder.decode(logs(Map.of("service.name", "s"), first, record, last), context);
        assertThat(again.deadLetters()).isEqualTo(decoded.deadLetters());
    }

    @Test
    void aDeadLetterSaysWhatIsKnownOfTheRecord() throws IOException {
        DeadLetter letter = Checks.decode(logs(Map.of(), with(apiRequest(), "input_tokens", -5)))
                .deadLetters()
                .get(0);
        assertThat(letter.getSessionId()).isEqualTo("session-1");
        assertThat(letter.getName()).isEqualTo("api_request");
        assertThat(letter.getMessage()).isEqualTo("input_tokens: -5 (expected: 0 to 1000000000)");
    }

    @Test
    void reasonsAreCounted() throws IOException {
        Decoded decoded = Checks.decode(logs(
                Map.of(),
                with(apiRequest(), "input_tokens", -5),
                apiRequest(),
                without(apiRequest(), "model"),
                with(apiRequest(), "output_tokens", -5)));
        assertThat(decoded.message())
                .isEqualTo("3 of 4 records rejected: 1 model-missing, 2 number-out-of-range."
                        + " First: input_tokens: -5 (expected: 0 to 1000000000)");
    }

    @Test
    void bounds() throws IOException {
        LogRecord.Builder record = apiRequest();
        with(record, "input_tokens", 1_000_000_000L);
        with(record, "cost_usd_micros", 1_000_000_000_000L);
        with(record, "cost_usd", 1_000_000.0);
        with(record, "request_id", "r".repeat(512));
        assertThat(Checks.decode(logs(Map.of(), record)).usage()).hasSize(1);
        assertThat(Checks.decode(logs(Map.of(), manyAttributes(event("x"), 996)))
                        .activity())
                .hasSize(1);
    }

    @Test
    void attributesOfTheResourceCount() throws IOException {
        Decoded decoded = Checks.decode(logs(Map.of("a", "b"), manyAttributes(event("x"), 996)));
        assertThat(decoded.deadLetters()).extracting(DeadLetter::getReason).containsExactly("too-many-attributes");
    }

    /** Each record repeats the resource's text: without a bound 1 MB could become any amount of memory. */
    @Test
    void aLargeResourceMayNotHaveManyRecords() throws IOException {
        Map<String, String> resource = Map.of("a", "a".repeat(200_000));
        LogRecord.Builder[] records = new LogRecord.Builder[400];
        for (int i = 0; i < records.length; i++) {
            records[i] = with(event("x"), "event.sequence", i);
        }
        assertThat(Checks.decode(logs(resource, records[0])).activity()).hasSize(1);
        Decoded many = Checks.decode(logs(resource, records));
        assertThat(many.rejected()).isEqualTo(400);
        assertThat(many.deadLetters()).extracting(DeadLetter::getReason).containsOnly("record-too-large");
    }

    /** Also when the text is written anew for every record, as that of a list is. */
    @Test
    void aLargeListOnTheResourceCountsToo() throws IOException {
        Map<String, Object> resource = Map.of("session.id", List.of("a".repeat(200_000)));
        LogRecord.Builder[] records = new LogRecord.Builder[400];
        for (int i = 0; i < records.length; i++) {
            records[i] = without(with(event("x"), "event.sequence", i), "session.id");
        }
        assertThat(Checks.decode(logs(resource, records)).deadLetters())
                .extracting(DeadLetter::getReason)
                .hasSize(400)
                .containsOnly("record-too-large");
    }

    @ParameterizedTest
    @EnumSource(RejectReason.class)
    void reasonsAreKebabCase(RejectReason reason) {
        assertThat(reason.code())
                .matches("[a-z]+(-[a-z]+)+")
                .isEqualTo(reason.name().toLowerCase(Locale.ROOT).replace('_', '-'));
    }

    // ---- metrics

    private static Arguments badPoint(String reason, String field, NumberDataPoint.Builder point) {
        return Arguments.of(reason, field, sum(point(1), point, point(2)));
    }

    private static Arguments badMetric(String reason, String field, Metric.Builder metric) {
        return Arguments.of(
                reason,
                field,
                sum(point(1), point(2)).toBuilder()
                        .mergeFrom(Otlp.metrics(metric))
                        .build());
    }

    private static Sum.Builder oneDelta() {
        return Sum.newBuilder()
                .setIsMonotonic(true)
                .setAggregationTemporality(AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA)
                .addDataPoints(point(1));
    }

    static List<Arguments> badPoints() {
        return List.of(
                badPoint("value-missing", "value", point(1).clearValue()),
                badPoint("number-out-of-range", "value", point(Double.NaN)),
                badPoint("number-out-of-range", "value", point(Double.NEGATIVE_INFINITY)),
                badPoint("number-out-of-range", "value", point(1e13)),
                badPoint("number-out-of-range", "value", point(-1)),
                badPoint("number-out-of-range", "value", point(1).setAsInt(Long.MAX_VALUE)),
                badPoint("timestamp-missing", "timeUnixNano", point(1).setTimeUnixNano(0)),
                badPoint("timestamp-too-old", "timeUnixNano", point(1).setTimeUnixNano(1)),
                badPoint(
                        "timestamp-in-future",
                        "timeUnixNano",
                        point(1).setTimeUnixNano(nanos(TIME.plusSeconds(86_400)))),
                badPoint("value-too-long", "type", point(1).addAttributes(attribute("type", SECRET + "x".repeat(513)))),
                badPoint(
                        "organization-mismatch",
                        "organization.id",
                        point(1).addAttributes(attribute("organization.id", SECRET))),
                badMetric(
                        "number-out-of-range",
                        "value",
                        Metric.newBuilder()
                                .setName("claude_code.cost.usage")
                                .setSum(oneDelta().clearDataPoints().addDataPoints(point(100_001)))),
                badMetric("metric-name-missing", "name", Metric.newBuilder().setSum(oneDelta())),
                badMetric(
                        "value-too-long",
                        "name",
                        Metric.newBuilder().setName("x".repeat(513)).setSum(oneDelta())),
                badMetric(
                        "value-too-long",
                        "unit",
                        Metric.newBuilder()
                                .setName("x")
                                .setUnit("x".repeat(513))
                                .setSum(oneDelta())),
                badMetric(
                        "temporality-unspecified",
                        "aggregationTemporality",
                        Metric.newBuilder().setName("x").setSum(oneDelta().clearAggregationTemporality())),
                badMetric(
                        "temporality-unspecified",
                        "aggregationTemporality",
                        Metric.newBuilder().setName("x").setSum(oneDelta().setAggregationTemporalityValue(9))));
    }

    @ParameterizedTest(name = "{0} {1} {index}")
    @MethodSource("badPoints")
    void aBadPointBecomesADeadLetterAndCostsNothingElse(
            String reason, String field, ExportMetricsServiceRequest request) throws IOException {
        OtlpContext context = new OtlpContext("org-1", Set.of("allowed"), Checks.RECEIVED, false);
        Decoded decoded = Checks.consistent(OtlpDecoder.decode(request, context));
        assertThat(decoded.counters()).hasSize(2);
        assertThat(decoded.deadLetters()).hasSize(1);
        DeadLetter letter = decoded.deadLetters().get(0);
        assertThat(letter.getReason()).isEqualTo(reason);
        assertThat(letter.getField()).isEqualTo(field);
        assertThat(letter.getSource()).isEqualTo("otlp-metrics");
        assertThat(letter.toString()).doesNotContain(SECRET);
    }
}
