package io.sluice.otlp;

/**
 * What became of a request's records. {@code received = usage + counters + activity + rejected + ignored}.
 *
 * @param received log records, metric points of all kinds, or spans
 * @param ignored points of other kinds than sums, points marked as having no value, and spans
 * @param rejected dead letters: OTLP's {@code rejected_log_records}, {@code rejected_data_points}
 * @param message in English, for OTLP's {@code error_message}; empty: nothing was refused. Holds no content.
 */
public record Counts(long received, long ignored, long rejected, String message) {}
