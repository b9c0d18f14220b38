package io.sluice.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.schema.ActivityEvent;
import io.sluice.schema.Actor;
import io.sluice.schema.ContentEvent;
import io.sluice.schema.DeadLetter;
import io.sluice.schema.UsageEvent;
import io.sluice.transcripts.FileCounts;
import io.sluice.transcripts.SessionFileContext;
import io.sluice.transcripts.SessionFileDecoder;
import io.sluice.transcripts.SessionFileSink;
import io.sluice.transcripts.SessionFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SessionFileLoadTest {
    @TempDir
    private Path folder;

    private static final class Nothing implements SessionFileSink {
        @Override
        public void usage(UsageEvent event) {}

        @Override
        public void activity(ActivityEvent event) {}

        @Override
        public void content(ContentEvent event) {}

        @Override
        public void deadLetter(DeadLetter letter) {}
    }

    @Test
    void theDecoderFindsWhatWasWritten() throws IOException {
        SessionFileLoad load = new SessionFileLoad(42);
        load.write(folder, 3_000_000);

        SessionFileDecoder decoder = new SessionFileDecoder(
                new SessionFileContext("default", new Actor(), Instant.parse("2026-11-24T00:00:00Z")), new Nothing());
        SessionFiles files = SessionFiles.find(List.of(folder));
        long lines = 0;
        long usage = 0;
        long activity = 0;
        long content = 0;
        for (SessionFiles.SessionFile file : files.files()) {
            FileCounts counts = decoder.decode(file.path());
            lines += counts.lines();
            usage += counts.usage();
            activity += counts.activity();
            content += counts.content();
            assertThat(counts.rejected()).isZero();
        }
        assertThat(files.totalBytes()).isEqualTo(load.bytes()).isGreaterThan(3_000_000);
        assertThat(lines).isEqualTo(load.lines());
        assertThat(usage).isEqualTo(load.responses()).isPositive();
        assertThat(activity).isEqualTo(load.activities());
        assertThat(content).isEqualTo(load.messages());
    }
}
