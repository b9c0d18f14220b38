package io.sluice.spend;

import io.sluice.core.directory.TeamTimeline;
import io.sluice.schema.Codec;
import io.sluice.schema.DirectoryVersion;
import io.sluice.schema.Topic;
import org.apache.flink.util.Collector;

/** Lets those versions through, encoded, that say something about teams. */
final class ReadDirectory extends ReadFunction<DirectoryVersion, byte[]> {
    private static final long serialVersionUID = 1L;

    ReadDirectory() {
        super(Topic.DIRECTORY, DirectoryVersion.class);
    }

    @Override
    void read(DirectoryVersion version, Context ctx, Collector<byte[]> out) {
        if (version.getKind().equals(TeamTimeline.USER) || version.getKind().equals(TeamTimeline.TEAM)) {
            out.collect(Codec.encode(version));
        }
    }
}
