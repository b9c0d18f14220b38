package io.sluice.tracing;

import java.util.HexFormat;

/**
 * The trace of one record. All its ids are computed from the record's own, so whoever has the record has its trace: nothing
 * needs to be carried along, and a copy of a record is in the same trace.
 *
 * @param event hash of the record's id, all bits of which are good
 */
public record RecordTrace(long event) {
    private static final long TRACE = 0x9E37_79B9_7F4A_7C15L;

    /**
     * Whether a record is traced.
     *
     * @param oneIn how many records one trace stands for; 1: each has one
     */
    public static boolean isSampled(long event, long oneIn) {
        return Long.remainderUnsigned(event, oneIn) == 0;
    }

    /** 32 hexadecimal digits. */
    public String traceId() {
        return hex(mixed(event ^ TRACE)) + hex(event | 1); // neither may be zero
    }

    /** 16 hexadecimal digits. */
    public String spanId(Stage stage) {
        return hex(mixed(event + TRACE * (1 + place(stage))) | 1);
    }

    /** W3C Trace Context of whatever comes after a stage: of version 00, sampled. */
    public String traceparent(Stage stage) {
        return "00-" + traceId() + '-' + spanId(stage) + "-01";
    }

    private static int place(Stage stage) {
        Stage parent = stage.parent();
        return parent == null ? 0 : 1 + place(parent);
    }

    /** The finalizer of SplitMix64: each bit depends on all. */
    private static long mixed(long bits) {
        long z = (bits ^ bits >>> 30) * 0xBF58_476D_1CE4_E5B9L;
        z = (z ^ z >>> 27) * 0x94D0_49BB_1331_11EBL;
        return z ^ z >>> 31;
    }

    private static String hex(long bits) {
        return HexFormat.of().toHexDigits(bits);
    }
}
