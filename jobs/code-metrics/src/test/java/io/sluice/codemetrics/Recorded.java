package io.sluice.codemetrics;

import io.sluice.otlp.OtlpContext;
import io.sluice.otlp.OtlpDecoder;
import io.sluice.otlp.OtlpJson;
import io.sluice.otlp.OtlpProtobuf;
import io.sluice.otlp.Records;
import io.sluice.schema.ActivityEvent;
import io.sluice.schema.Actor;
import io.sluice.schema.Codec;
import io.sluice.schema.ContentEvent;
import io.sluice.schema.CounterPoint;
import io.sluice.schema.DeadLetter;
import io.sluice.schema.Topic;
import io.sluice.schema.UsageEvent;
import io.sluice.transcripts.SessionFileContext;
import io.sluice.transcripts.SessionFileDecoder;
import io.sluice.transcripts.SessionFileSink;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/** What the real client sent and wrote, as the records of the topics. */
final class Recorded {
    /** A value of a topic. */
    record Value(Topic topic, byte[] bytes) {}

    private static final String ORG = "acme";
    private static final Instant RECEIVED_AT = Instant.parse("2026-11-26T12:00:00Z");

    private Recorded() {}

    private static Path root() {
        try {
            return Objects.requireNonNull(
                    Path.of(Objects.requireNonNull(Recorded.class.getResource("/claude-code/expected.json"))
                                    .toURI())
                            .getParent());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Telemetry of a run. */
    static List<Value> telemetry(String run, boolean events, boolean counters) throws IOException {
        List<Value> values = new ArrayList<>();
        OtlpContext context = new OtlpContext(ORG, Set.of(), RECEIVED_AT, false);
        Records records = records(values);
        try (Stream<Path> files = Files.list(root().resolve(run))) {
            for (Path file : files.sorted().toList()) {
                String name = file.getFileName().toString();
                byte[] body = Files.readAllBytes(file);
                boolean json = name.endsWith(".json");
                if (name.contains("-logs.") && events) {
                    OtlpDecoder.decode(json ? OtlpJson.logs(body) : OtlpProtobuf.logs(body), context, records);
                } else if (name.contains("-metrics.") && counters) {
                    OtlpDecoder.decode(json ? OtlpJson.metrics(body) : OtlpProtobuf.metrics(body), context, records);
                }
            }
        }
        return values;
    }

    /** A session file. */
    static List<Value> file(String session, String email) throws IOException {
        return file(root().resolve(session + ".jsonl"), email);
    }

    static List<Value> file(Path session, String email) throws IOException {
        List<Value> values = new ArrayList<>();
        Actor actor = Actor.newBuilder().setEmail(email).build();
        SessionFileSink sink = new SessionFileSink() {
            @Override
            public void usage(UsageEvent event) {
                values.add(new Value(Topic.USAGE, Codec.encode(event)));
            }

            @Override
            public void activity(ActivityEvent event) {
                values.add(new Value(Topic.ACTIVITY, Codec.encode(event)));
            }

            @Override
            public void content(ContentEvent event) {}

            @Override
            public void deadLetter(DeadLetter letter) {
                throw new IllegalStateException(letter.getMessage());
            }
        };
        new SessionFileDecoder(new SessionFileContext(ORG, actor, RECEIVED_AT), sink).decode(session);
        return values;
    }

    static Records records(List<Value> values) {
        return new Records() {
            @Override
            public void usage(UsageEvent event) {
                values.add(new Value(Topic.USAGE, Codec.encode(event)));
            }

            @Override
            public void counter(CounterPoint point) {
                values.add(new Value(Topic.COUNTERS, Codec.encode(point)));
            }

            @Override
            public void activity(ActivityEvent event) {
                values.add(new Value(Topic.ACTIVITY, Codec.encode(event)));
            }

            @Override
            public void content(ContentEvent event) {}

            @Override
            public void deadLetter(DeadLetter letter) {
                throw new IllegalStateException(letter.getMessage());
            }
        };
    }
}
