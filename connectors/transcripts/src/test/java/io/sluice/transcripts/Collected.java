package io.sluice.transcripts;

import io.sluice.schema.ActivityEvent;
import io.sluice.schema.Actor;
import io.sluice.schema.ContentEvent;
import io.sluice.schema.DeadLetter;
import io.sluice.schema.UsageEvent;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Keeps what a decoder sends. */
final class Collected implements SessionFileSink {
    static final Instant RECEIVED_AT = Instant.parse("2026-11-24T00:00:00Z");

    final List<UsageEvent> usage = new ArrayList<>();
    final List<ActivityEvent> activity = new ArrayList<>();
    final List<ContentEvent> content = new ArrayList<>();
    final List<DeadLetter> deadLetters = new ArrayList<>();
    final List<FileCounts> counts = new ArrayList<>();
    private final SessionFileDecoder decoder =
            new SessionFileDecoder(new SessionFileContext("acme", alice(), RECEIVED_AT), this);

    private static Actor alice() {
        Actor actor = new Actor();
        actor.setEmail("alice@example.com");
        return actor;
    }

    Collected file(String path, String text) {
        return file(path, text.getBytes(StandardCharsets.UTF_8));
    }

    Collected file(String path, byte[] bytes) {
        try {
            counts.add(decoder.decode(Path.of(path), new ByteArrayInputStream(bytes)));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return this;
    }

    /** Of the only file. */
    FileCounts count() {
        if (counts.size() != 1) {
            throw new AssertionError(counts.size() + " files");
        }
        return counts.get(0);
    }

    @Override
    public void usage(UsageEvent event) {
        usage.add(event);
    }

    @Override
    public void activity(ActivityEvent event) {
        activity.add(event);
    }

    @Override
    public void content(ContentEvent event) {
        content.add(event);
    }

    @Override
    public void deadLetter(DeadLetter letter) {
        deadLetters.add(letter);
    }
}
