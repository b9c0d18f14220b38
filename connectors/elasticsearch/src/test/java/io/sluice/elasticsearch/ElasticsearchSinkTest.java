package io.sluice.elasticsearch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.function.UnaryOperator;
import org.apache.flink.util.InstantiationUtil;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ElasticsearchSinkTest {
    private static final ElasticsearchConnection CONNECTION = ElasticsearchConnection.to("http://127.0.0.1:9200");

    @Test
    void travelsToTheTaskManagers() throws Exception {
        ElasticsearchSink sink = ElasticsearchSink.builder(CONNECTION).build();
        assertThat((Object) InstantiationUtil.clone(sink)).isInstanceOf(ElasticsearchSink.class);
    }

    static Arguments[] settings() {
        return new Arguments[] {
            refused(builder -> builder.setMaxBatchSize(0), "maxBatchSize: 0 (expected: 1 to 10000)"),
            refused(builder -> builder.setMaxBufferedRequests(10), "maxBatchSize: 1000 (expected: 1 to 10)"),
            refused(builder -> builder.setMaxInFlightRequests(0), "maxInFlightRequests: 0 (expected: 1 to 2147483647)"),
            refused(
                    builder -> builder.setMaxBatchSizeInBytes(10).setMaxRecordSizeInBytes(11),
                    "maxRecordSizeInBytes: 11 (expected: 1 to 10)"),
            refused(
                    builder -> builder.setMaxTimeInBufferMS(0),
                    "maxTimeInBufferMS: 0 (expected: 1 to 9223372036854775807)"),
            refused(builder -> builder.setMaxRejections(-1), "maxRejections: -1 (expected: 0 to 2147483647)"),
            refused(
                    builder -> builder.setBackoff(Duration.ZERO, Duration.ZERO),
                    "backoff: PT0S to PT0S (expected: above 0, and longest not below first)"),
        };
    }

    @ParameterizedTest
    @MethodSource("settings")
    void refusesSettingsThatDoNotFit(UnaryOperator<ElasticsearchSink.Builder> change, String message) {
        assertThatThrownBy(() ->
                        change.apply(ElasticsearchSink.builder(CONNECTION)).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    private static Arguments refused(UnaryOperator<ElasticsearchSink.Builder> change, String message) {
        return Arguments.of(change, message);
    }
}
