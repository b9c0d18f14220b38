package io.sluice.elasticsearch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ConnectException;
import java.security.cert.CertificateException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class BulkOutcomeTest {
    @ParameterizedTest
    @CsvSource({
        "200, , DONE",
        "201, , DONE",
        "409, version_conflict_engine_exception, DONE",
        "400, document_parsing_exception, DEAD_LETTER",
        "400, strict_dynamic_mapping_exception, DEAD_LETTER",
        "400, illegal_argument_exception, DEAD_LETTER",
        "400, , DEAD_LETTER",
        "413, , DEAD_LETTER",
        "400, invalid_index_name_exception, FATAL",
        "400, index_closed_exception, FATAL",
        "401, security_exception, FATAL",
        "403, security_exception, FATAL",
        "403, cluster_block_exception, FATAL",
        "404, index_not_found_exception, FATAL",
        "405, , FATAL",
        "301, , FATAL",
        "0, , FATAL",
        "429, es_rejected_execution_exception, RETRY",
        "429, circuit_breaking_exception, RETRY",
        "500, , RETRY",
        "503, unavailable_shards_exception, RETRY",
        "504, , RETRY",
    })
    void ofItem(int status, @Nullable String errorType, BulkOutcome expected) {
        assertThat(BulkOutcome.ofItem(status, errorType)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "200, DONE",
        "301, FATAL",
        "400, FATAL",
        "401, FATAL",
        "403, FATAL",
        "404, FATAL",
        "405, FATAL",
        "406, FATAL",
        "409, FATAL",
        "408, RETRY",
        "413, DEAD_LETTER",
        "429, RETRY",
        "500, RETRY",
        "502, RETRY",
        "503, RETRY",
        "504, RETRY",
    })
    void ofRequest(int status, BulkOutcome expected) {
        assertThat(BulkOutcome.ofRequest(status)).isEqualTo(expected);
    }

    @ParameterizedTest
    @MethodSource
    void ofFailure(Throwable failure, BulkOutcome expected) {
        assertThat(BulkOutcome.ofFailure(failure)).isEqualTo(expected);
    }

    static Stream<Arguments> ofFailure() {
        SSLHandshakeException untrusted = new SSLHandshakeException("untrusted");
        untrusted.initCause(new CertificateException());
        return Stream.of(
                Arguments.of(new ConnectException(), BulkOutcome.RETRY),
                Arguments.of(new IOException("connection reset"), BulkOutcome.RETRY),
                Arguments.of(new SSLHandshakeException("remote host ended the handshake"), BulkOutcome.RETRY),
                Arguments.of(new TimeoutException(), BulkOutcome.RETRY),
                Arguments.of(new CancellationException(), BulkOutcome.RETRY),
                Arguments.of(new CompletionException(new ConnectException()), BulkOutcome.RETRY),
                Arguments.of(untrusted, BulkOutcome.FATAL),
                Arguments.of(new IllegalArgumentException(), BulkOutcome.FATAL),
                Arguments.of(new OutOfMemoryError(), BulkOutcome.FATAL));
    }
}
