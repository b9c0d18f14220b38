package io.sluice.otlp;

/** Why a record was refused: {@code reason} of its dead letter. */
public enum RejectReason {
    /** A log record without {@code event.name}, event name, or a body that is one. */
    EVENT_NAME_MISSING("event-name-missing"),
    /** A metric with an empty name. */
    METRIC_NAME_MISSING("metric-name-missing"),
    /** An {@code api_request} without a model. */
    MODEL_MISSING("model-missing"),
    /** Something that is no number where a number is needed. */
    NUMBER_EXPECTED("number-expected"),
    /** Negative, absurdly large, NaN or infinite. */
    NUMBER_OUT_OF_RANGE("number-out-of-range"),
    /** A metric point without a value that does not say so in its flags. */
    VALUE_MISSING("value-missing"),
    /** A sum whose aggregation temporality is neither delta nor cumulative. */
    TEMPORALITY_UNSPECIFIED("temporality-unspecified"),
    /** A metric point whose time is 0. */
    TIMESTAMP_MISSING("timestamp-missing"),
    TIMESTAMP_IN_FUTURE("timestamp-in-future"),
    TIMESTAMP_TOO_OLD("timestamp-too-old"),
    TOO_MANY_ATTRIBUTES("too-many-attributes"),
    /** An id, a name or another text with a field of its own is over-long. */
    VALUE_TOO_LONG("value-too-long"),
    /** The texts of one record together do not fit a Kafka message. */
    RECORD_TOO_LARGE("record-too-large"),
    /** {@code organization.id} is not one that the token may send. */
    ORGANIZATION_MISMATCH("organization-mismatch");

    private final String code;

    RejectReason(String code) {
        this.code = code;
    }

    /** Kebab-case. */
    public String code() {
        return code;
    }
}
