package io.sluice.server;

import io.sluice.schema.CapVersion;
import io.sluice.schema.Codec;
import io.sluice.schema.ComplianceChange;
import io.sluice.schema.DirectoryVersion;
import io.sluice.schema.Index;
import io.sluice.schema.Topic;
import java.util.function.Function;
import org.apache.avro.specific.SpecificRecordBase;

/**
 * A collection of control documents, each a row of versions 1, 2, …: where they are, and what a version says of itself.
 *
 * @param title as messages name it
 * @param topic every version
 * @param index the newest version of each document
 */
record Control<T extends SpecificRecordBase>(
        String title, Topic topic, Index index, Codec<T> codec, Function<T, Head> heads) {
    static final Control<DirectoryVersion> DIRECTORY = new Control<>(
            "the directory",
            Topic.DIRECTORY,
            Index.DIRECTORY,
            Codec.of(DirectoryVersion.class),
            version -> new Head(
                    version.getOrgId(),
                    version.getKind(),
                    version.getId(),
                    version.getVersion(),
                    version.getRecordedAt()));

    static final Control<CapVersion> CAPS = new Control<>(
            "the list of caps",
            Topic.CAPS,
            Index.CAPS,
            Codec.of(CapVersion.class),
            version -> new Head(
                    version.getOrgId(),
                    version.getKind(),
                    version.getId(),
                    version.getVersion(),
                    version.getRecordedAt()));

    /** Of each organization one document, whose versions are the entries of its register. */
    static final Control<ComplianceChange> COMPLIANCE = new Control<>(
            "the register of holds and erasures",
            Topic.COMPLIANCE,
            Index.COMPLIANCE,
            Codec.of(ComplianceChange.class),
            entry -> new Head(
                    entry.getOrgId(),
                    ComplianceRegister.KIND,
                    entry.getOrgId(),
                    entry.getNumber(),
                    entry.getRecordedAt()));

    /**
     * What every version has.
     *
     * @param recordedAt microseconds
     */
    record Head(String orgId, String kind, String id, long version, long recordedAt) {
        /** Of the topic. */
        String key() {
            return Topic.versionKey(orgId, kind, id, version);
        }
    }

    Head head(T version) {
        return heads.apply(version);
    }
}
