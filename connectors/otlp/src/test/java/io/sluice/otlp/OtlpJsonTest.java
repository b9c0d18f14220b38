package io.sluice.otlp;

import static io.sluice.otlp.Otlp.apiRequest;
import static io.sluice.otlp.Otlp.logs;
import static io.sluice.otlp.Otlp.without;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceResponse;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceResponse;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OtlpJsonTest {
    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static LogRecord record(String json) throws OtlpFormatException {
        return OtlpJson.logs(utf8("{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[" + json + "]}]}]}"))
                .getResourceLogs(0)
                .getScopeLogs(0)
                .getLogRecords(0);
    }

    private static AnyValue body(String json) throws OtlpFormatException {
        return record("{\"body\":" + json + "}").getBody();
    }

    private static NumberDataPoint point(String json) throws OtlpFormatException {
        return metric("{\"sum\":{\"dataPoints\":[" + json + "]}}").getSum().getDataPoints(0);
    }

    private static Metric metric(String json) throws OtlpFormatException {
        return OtlpJson.metrics(utf8("{\"resourceMetrics\":[{\"scopeMetrics\":[{\"metrics\":[" + json + "]}]}]}"))
                .getResourceMetrics(0)
                .getScopeMetrics(0)
                .getMetrics(0);
    }

    // ---- the deviations of OTLP

    @Test
    void idsAreHexadecimalInEitherCase() throws OtlpFormatException {
        LogRecord record = record("{\"traceId\":\"5B8EFFF798038103D269B633813FC60C\",\"spanId\":\"eee19b7ec3c1b174\"}");
        assertThat(record.getTraceId().toByteArray()).hasSize(16).startsWith(0x5b, 0x8e, 0xff);
        assertThat(record.getSpanId().toByteArray()).hasSize(8).endsWith(0xc1, 0xb1, 0x74);
        Span span = OtlpJson.traces(utf8("{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"parentSpanId\":"
                        + "\"eee19b7ec3c1b173\",\"links\":[{\"traceId\":\"00\"}],\"kind\":3}]}]}]}"))
                .getResourceSpans(0)
                .getScopeSpans(0)
                .getSpans(0);
        assertThat(span.getParentSpanId().toByteArray()).endsWith(0xb1, 0x73);
        assertThat(span.getLinks(0).getTraceId()).isEqualTo(ByteString.copyFrom(new byte[1]));
        assertThat(span.getKindValue()).isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource({
        "7, 7",
        "-7, -7",
        "'\"7\"', 7",
        "'\"-9223372036854775808\"', -9223372036854775808",
        "9223372036854775807, 9223372036854775807",
        "1.0, 1",
        "1e3, 1000",
        "'\"1.5e1\"', 15",
        "0e999999999, 0",
    })
    void integersAreTextOrNumbers(String json, long expected) throws OtlpFormatException {
        assertThat(body("{\"intValue\":" + json + "}").getIntValue()).isEqualTo(expected);
        assertThat(point("{\"asInt\":" + json + "}").getAsInt()).isEqualTo(expected);
    }

    @Test
    void unsignedIntegersUseAllTheirBits() throws OtlpFormatException {
        assertThat(record("{\"timeUnixNano\":\"18446744073709551615\"}").getTimeUnixNano())
                .isEqualTo(-1);
        assertThat(record("{\"timeUnixNano\":18446744073709551615}").getTimeUnixNano())
                .isEqualTo(-1);
        assertThat(record("{\"flags\":4294967295}").getFlags()).isEqualTo(-1);
    }

    @Test
    void enumsAreIntegers() throws OtlpFormatException {
        assertThat(metric("{\"sum\":{\"aggregationTemporality\":2}}").getSum().getAggregationTemporalityValue())
                .isEqualTo(2);
        assertThat(record("{\"severityNumber\":99}").getSeverityNumberValue()).isEqualTo(99);
    }

    @ParameterizedTest
    @CsvSource({
        "1.5, 1.5",
        "3, 3",
        "'\"NaN\"', NaN",
        "'\"Infinity\"', Infinity",
        "'\"-Infinity\"', -Infinity",
        "'\"0.25\"', 0.25",
        "1e-400, 0",
        "-0.0, -0.0",
    })
    void doublesMayBeSpecialOrText(String json, double expected) throws OtlpFormatException {
        assertThat(body("{\"doubleValue\":" + json + "}").getDoubleValue()).isEqualTo(Double.valueOf(expected));
    }

    @Test
    void otherValues() throws OtlpFormatException {
        assertThat(body("{\"boolValue\":true}").getBoolValue()).isTrue();
        assertThat(body("{\"bytesValue\":\"_-8=\"}").getBytesValue().toByteArray())
                .containsExactly(0xff, 0xef);
        assertThat(body("{\"bytesValue\":\"/+8\"}").getBytesValue().toByteArray())
                .containsExactly(0xff, 0xef);
        assertThat(body("{\"arrayValue\":{\"values\":[{\"intValue\":1},{}]}}")
                        .getArrayValue()
                        .getValuesList())
                .extracting(AnyValue::getIntValue)
                .containsExactly(1L, 0L);
        assertThat(body("{\"kvlistValue\":{\"values\":[{\"key\":\"a\",\"value\":{\"stringValue\":\"b\"}}]}}")
                        .getKvlistValue()
                        .getValues(0)
                        .getValue()
                        .getStringValue())
                .isEqualTo("b");
    }

    @Test
    void whatIsJsonButNotOtlpIsRefused() throws OtlpFormatException {
        assertThatThrownBy(() -> OtlpJson.logs(utf8("{\"hello\":[1,2]}")))
                .hasMessageContaining("unknown fields only (expected: an object with the field resourceLogs)");
        // The metrics of somebody who mixed up the paths.
        assertThatThrownBy(() -> OtlpJson.logs(utf8("{\"resourceMetrics\":[]}")))
                .hasMessageContaining("resourceLogs");
        assertThat(OtlpJson.logs(utf8("{}")).getResourceLogsCount()).isZero();
        assertThat(OtlpJson.logs(utf8("{\"resourceLogs\":[],\"hello\":1}")).getResourceLogsCount())
                .isZero();
    }

    @Test
    void unknownKeysSnakeCaseKeysAndNullsAreIgnored() throws OtlpFormatException {
        LogRecord record = record("{\"time_unix_nano\":5,\"future\":{\"a\":[1,{\"b\":null}]},\"timeUnixNano\":null,"
                + "\"attributes\":[{\"key\":\"a\",\"value\":null,\"x\":[1]},{\"key\":\"b\",\"value\":{\"y\":{},"
                + "\"stringValue\":null}}],\"body\":null}");
        assertThat(record).isEqualTo(record("{\"attributes\":[{\"key\":\"a\"},{\"key\":\"b\",\"value\":{}}]}"));
    }

    @Test
    void loneSurrogatesAreReplaced() throws OtlpFormatException {
        assertThat(body("{\"stringValue\":\"a\\ud800b\\udc00\\ud83d\\ude00\\ud83d\"}")
                        .getStringValue())
                .isEqualTo("a\uFFFDb\uFFFD😀\uFFFD");
    }

    @Test
    void theLastOfAKeySentTwiceStays() throws OtlpFormatException {
        assertThat(body("{\"stringValue\":\"a\",\"intValue\":1,\"intValue\":2}").getIntValue())
                .isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", " {} \n", "{\"resourceLogs\":[]}", "{\"resourceLogs\":null}", "\uFEFF{}"})
    void anEmptyRequestIsARequest(String json) throws OtlpFormatException {
        assertThat(OtlpJson.logs(utf8(json)).getResourceLogsCount()).isZero();
    }

    // ---- errors

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "``|body: nothing (expected: an object)",
                "[]|body: a list (expected: an object)",
                "null|body: null (expected: an object)",
                "\"x\"|body: text of 1 characters (expected: an object)",
                "{} {}|body: more after the object (expected: one JSON object)",
                "{|body: not JSON at byte 1 (expected: JSON, UTF-8)",
                "s3cret|body: not JSON at byte 6 (expected: JSON, UTF-8)",
                "{\"resourceLogs\":{}}|/resourceLogs: an object (expected: a list)",
                "{\"resourceLogs\":[1]}|/resourceLogs/0: a number (expected: an object)",
                "{\"resourceLogs\":[null]}|/resourceLogs/0: null (expected: an object)",
                "{\"resourceLogs\":[{},{\"resource\":[]}]}|/resourceLogs/1/resource: a list (expected: an object)",
                "{\"resourceLogs\":[{\"schemaUrl\":1}]}|/resourceLogs/0/schemaUrl: a number (expected: text)",
            })
    void errorsNameThePlaceAndWhatWasExpected(String json, String message) {
        OtlpFormatException error = catchThrowableOfType(OtlpFormatException.class, () -> OtlpJson.logs(utf8(json)));
        assertThat(error).hasMessage(message).hasNoCause();
        assertThat(message).startsWith(error.path() + ": ");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"timeUnixNano\":-1}|timeUnixNano: an integer out of range",
                "{\"timeUnixNano\":\"18446744073709551616\"}|timeUnixNano: an integer out of range",
                "{\"timeUnixNano\":1.5}|timeUnixNano: a fraction",
                "{\"timeUnixNano\":1e999999999}|timeUnixNano: a number out of range",
                "{\"timeUnixNano\":1e-999999999}|timeUnixNano: a number out of range",
                "{\"timeUnixNano\":\"s3cret\"}|timeUnixNano: text of 6 characters",
                "{\"timeUnixNano\":true}|timeUnixNano: a boolean",
                "{\"flags\":4294967296}|flags: an integer out of range",
                "{\"flags\":-1}|flags: an integer out of range",
                "{\"severityNumber\":\"SEVERITY_NUMBER_INFO\"}|severityNumber: text of 20 characters",
                "{\"severityNumber\":\"9\"}|severityNumber: text of 1 characters",
                "{\"severityNumber\":3000000000}|severityNumber: an integer out of range",
                "{\"traceId\":\"xyz\"}|traceId: text of 3 characters",
                "{\"traceId\":5}|traceId: a number",
                "{\"body\":\"s3cret\"}|body: text of 6 characters",
                "{\"body\":{\"intValue\":9223372036854775808}}|body/intValue: an integer out of range",
                "{\"body\":{\"intValue\":\"\"}}|body/intValue: text of 0 characters",
                "{\"body\":{\"doubleValue\":1e999}}|body/doubleValue: a number out of range",
                "{\"body\":{\"doubleValue\":\"s3cret\"}}|body/doubleValue: text of 6 characters",
                "{\"body\":{\"doubleValue\":false}}|body/doubleValue: a boolean",
                "{\"body\":{\"boolValue\":\"true\"}}|body/boolValue: text of 4 characters",
                "{\"body\":{\"boolValue\":1}}|body/boolValue: a number",
                "{\"body\":{\"stringValue\":{}}}|body/stringValue: an object",
                "{\"body\":{\"bytesValue\":\"***\"}}|body/bytesValue: text of 3 characters",
                "{\"body\":{\"arrayValue\":[]}}|body/arrayValue: a list",
                "{\"body\":{\"arrayValue\":{\"values\":{}}}}|body/arrayValue/values: an object",
                "{\"body\":{\"kvlistValue\":{\"values\":[{\"key\":1}]}}}|body/kvlistValue/values/0/key: a number",
                "{\"attributes\":[{\"key\":\"a\",\"value\":\"s3cret\"}]}|attributes/0/value: text of 6 characters",
                "{\"attributes\":[[]]}|attributes/0: a list",
            })
    void errorsOfValuesNeverShowThem(String json, String start) {
        assertThatThrownBy(() -> record(json))
                .isInstanceOf(OtlpFormatException.class)
                .hasMessageStartingWith("/resourceLogs/0/scopeLogs/0/logRecords/0/" + start + " (expected: ")
                .hasMessageNotContaining("s3cret");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"a\":s3cret}",
                "{\"a\":\"s3cret",
                "{\"a\":\"s3cret\\x\"}",
                "{\"a\":NaN}",
                "{\"a\":01}",
                "{'a':1}",
                "{\"a\":1,}",
                "{\"a\":[1,]}",
                "{/**/}"
            })
    void whatIsNotJsonIsRefusedEvenInUnknownKeys(String json) {
        assertThatThrownBy(() -> OtlpJson.logs(utf8(json)))
                .isInstanceOf(OtlpFormatException.class)
                .hasMessageContaining("not JSON at byte ")
                .hasMessageNotContaining("s3cret")
                .hasNoCause();
    }

    @Test
    void bytesThatAreNotUtf8AreRefused() {
        byte[] json = utf8("{\"resourceLogs\":[{\"schemaUrl\":\"#\"}]}");
        json[new String(json, StandardCharsets.US_ASCII).indexOf('#')] = (byte) 0xff;
        assertThatThrownBy(() -> OtlpJson.logs(json))
                .isInstanceOf(OtlpFormatException.class)
                .hasMessageContaining("not JSON");
    }

    @Test
    void anUnheardOfEncodingIsRefused() {
        assertThatThrownBy(() -> OtlpJson.logs(new byte[] {0, 0, (byte) 0xff, (byte) 0xfe, 0, 0}))
                .isInstanceOf(OtlpFormatException.class)
                .hasMessage("body: not JSON at byte 0 (expected: JSON, UTF-8)");
    }

    @Test
    void depthIsBounded() throws IOException {
        assertThatThrownBy(() -> body(nested(20_000)))
                .isInstanceOf(OtlpFormatException.class)
                .hasMessageContaining("at most 150 levels");
        assertThatThrownBy(() -> OtlpJson.logs(utf8("{\"x\":" + "[".repeat(100_000))))
                .isInstanceOf(OtlpFormatException.class)
                .hasMessageContaining("at most 150 levels");
        LogRecord.Builder record = Otlp.event("x")
                .addAttributes(KeyValue.newBuilder().setKey("deep").setValue(body(nested(40))));
        Decoded decoded = Checks.decode(logs(Map.of(), record));
        assertThat(decoded.activity().get(0).getAttributes())
                .containsEntry("deep", "[".repeat(40) + "1" + "]".repeat(40));
    }

    private static String nested(int lists) {
        return "{\"arrayValue\":{\"values\":[".repeat(lists) + "{\"intValue\":1}" + "]}}".repeat(lists);
    }

    @Test
    void aLongNumberIsRefused() {
        assertThatThrownBy(() -> body("{\"intValue\":" + "9".repeat(100_000) + "}"))
                .isInstanceOf(OtlpFormatException.class);
        assertThatThrownBy(() -> body("{\"intValue\":\"" + "9".repeat(100_000) + "\"}"))
                .isInstanceOf(OtlpFormatException.class);
    }

    @Test
    void aLongTextIsRead() throws OtlpFormatException {
        int length = 21_000_000;
        assertThat(body("{\"stringValue\":\"" + "x".repeat(length) + "\"}")
                        .getStringValue()
                        .length())
                .isEqualTo(length);
    }

    // ---- responses

    @Test
    void responsesAreEmptyUnlessSomethingWasRejected() throws IOException {
        Decoded good = Checks.decode(logs(Map.of(), apiRequest()));
        assertThat(OtlpResponses.logs(good)).isEqualTo(ExportLogsServiceResponse.getDefaultInstance());
        assertThat(OtlpJson.toJson(OtlpResponses.logs(good))).asString().isEqualTo("{}");
        assertThat(OtlpJson.toJson(OtlpResponses.traces())).asString().isEqualTo("{}");
        assertThat(OtlpJson.toJson(ExportTraceServiceResponse.getDefaultInstance()))
                .asString()
                .isEqualTo("{}");
        assertThat(OtlpResponses.metrics(Checks.decode(Otlp.sum(Otlp.point(1)))))
                .isEqualTo(ExportMetricsServiceResponse.getDefaultInstance());
    }

    @Test
    void partialSuccess() throws IOException {
        Decoded bad = Checks.decode(logs(Map.of(), without(apiRequest(), "model")));
        assertThat(OtlpResponses.logs(bad).getPartialSuccess().getRejectedLogRecords())
                .isEqualTo(1);
        assertThat(OtlpJson.toJson(OtlpResponses.logs(bad)))
                .asString()
                .isEqualTo(
                        "{\"partialSuccess\":{\"rejectedLogRecords\":\"1\",\"errorMessage\":"
                                + "\"1 of 1 records rejected: 1 model-missing. First: model: nothing (expected: the model's id)\"}}");
        Decoded badPoint = Checks.decode(Otlp.sum(Otlp.point(-1)));
        assertThat(OtlpResponses.metrics(badPoint).getPartialSuccess().getRejectedDataPoints())
                .isEqualTo(1);
        assertThat(OtlpJson.toJson(OtlpResponses.metrics(badPoint)))
                .asString()
                .startsWith("{\"partialSuccess\":{\"rejectedDataPoints\":\"1\",\"errorMessage\":\"1 of 1 ");
    }
}
