package io.sluice.transcripts;

/** Why a line was refused: {@code reason} of its dead letter. What telemetry is refused for, too, has the same name. */
public enum RejectReason {
    /** Not one JSON object, or not UTF-8. */
    NOT_JSON("not-json"),
    /** Longer than {@link SessionFileDecoder#MAX_LINE_BYTES}. */
    LINE_TOO_LONG("line-too-long"),
    /** A response without a model. */
    MODEL_MISSING("model-missing"),
    /** A response without its input or output tokens. */
    VALUE_MISSING("value-missing"),
    /** Something else than a whole number of tokens, or than a number of USD. */
    NUMBER_EXPECTED("number-expected"),
    /** Negative or absurdly large. */
    NUMBER_OUT_OF_RANGE("number-out-of-range"),
    TIMESTAMP_MISSING("timestamp-missing"),
    /** No ISO 8601 time with an offset. */
    TIMESTAMP_EXPECTED("timestamp-expected"),
    TIMESTAMP_IN_FUTURE("timestamp-in-future"),
    TIMESTAMP_TOO_OLD("timestamp-too-old"),
    /** A list or map where text belongs, text where a map belongs, and the like. */
    WRONG_TYPE("wrong-type"),
    /** An id, a name or another text with a field of its own is over-long. */
    VALUE_TOO_LONG("value-too-long");

    private final String code;

    RejectReason(String code) {
        this.code = code;
    }

    /** Kebab-case. */
    public String code() {
        return code;
    }
}
