package io.sluice.claudeapi;

/**
 * What the source puts out.
 *
 * @param key of the topic; of a dead letter its id
 * @param value Avro single-object encoding of a ReportedRow, ReportedDay or DeadLetter
 */
@SuppressWarnings("ArrayRecordComponent") // Carried, never compared.
public record Reported(Kind kind, String key, byte[] value) {
    /** What the value is. */
    public enum Kind {
        ROW,
        DAY,
        DEAD_LETTER
    }
}
