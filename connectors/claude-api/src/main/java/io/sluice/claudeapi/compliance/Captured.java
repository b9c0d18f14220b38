package io.sluice.claudeapi.compliance;

/**
 * What the source puts out.
 *
 * @param key of the topic; of a dead letter its id
 * @param value Avro single-object encoding of a ContentEvent, ComplianceActivity, ComplianceDirectoryEntry or DeadLetter
 */
@SuppressWarnings("ArrayRecordComponent") // Carried, never compared.
public record Captured(Kind kind, String key, byte[] value) {
    /** What the value is. */
    public enum Kind {
        CONTENT,
        ACTIVITY,
        DIRECTORY,
        DEAD_LETTER
    }
}
