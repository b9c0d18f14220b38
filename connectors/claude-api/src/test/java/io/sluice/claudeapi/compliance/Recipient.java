package io.sluice.claudeapi.compliance;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.schema.Codec;
import io.sluice.schema.ComplianceActivity;
import io.sluice.schema.ComplianceDirectoryEntry;
import io.sluice.schema.ContentEvent;
import io.sluice.schema.DeadLetter;
import io.sluice.schema.Topic;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceOutput;

/** Compacted topics: of each key the newest. */
final class Recipient implements ReaderOutput<Captured> {
    final Set<String> activities = new TreeSet<>();
    final Map<String, ContentEvent> content = new TreeMap<>();
    /** By kind, parent and id. */
    final Map<String, ComplianceDirectoryEntry> directory = new TreeMap<>();

    final List<DeadLetter> letters = new ArrayList<>();
    int records;

    @Override
    public void collect(Captured captured) {
        records++;
        try {
            switch (captured.kind()) {
                case ACTIVITY -> {
                    ComplianceActivity activity =
                            Codec.of(ComplianceActivity.class).decode(captured.value());
                    assertThat(captured.key()).isEqualTo("acme|" + activity.getActivityId());
                    activities.add(activity.getActivityId());
                }
                case CONTENT -> {
                    ContentEvent event = Codec.of(ContentEvent.class).decode(captured.value());
                    assertThat(captured.key())
                            .isEqualTo("acme|" + event.getConversationId() + "|" + event.getMessageId());
                    content.put(event.getConversationId() + "|" + event.getMessageId(), event);
                    assertThat(event.getMessageId().isEmpty())
                            .isEqualTo(event.getRole().equals("conversation"));
                    if (event.getMessageId().isEmpty()) {
                        assertThat(event.getDeletedUpstreamAt()).isNotNull();
                        assertThat(event.getText()).isEmpty();
                    }
                }
                case DIRECTORY -> {
                    ComplianceDirectoryEntry entry =
                            Codec.of(ComplianceDirectoryEntry.class).decode(captured.value());
                    String parent = entry.getParentId() == null ? "" : entry.getParentId();
                    String key = entry.getKind() + "|" + parent + "|" + entry.getEntryId();
                    assertThat(captured.key())
                            .isEqualTo(Topic.complianceDirectoryKey(
                                    "acme", entry.getKind(), entry.getParentId(), entry.getEntryId()));
                    ComplianceDirectoryEntry before = directory.put(key, entry);
                    if (before != null) {
                        assertThat(entry.getFetchedAt()).as(key).isGreaterThan(before.getFetchedAt());
                    }
                }
                case DEAD_LETTER -> letters.add(Codec.of(DeadLetter.class).decode(captured.value()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Of messages, by conversation and message. */
    Map<String, String> texts() {
        Map<String, String> texts = new TreeMap<>();
        content.forEach((key, event) -> {
            if (!event.getMessageId().isEmpty()) {
                texts.put(key, event.getText());
            }
        });
        return texts;
    }

    /** Conversations that are told to be deleted. */
    Set<String> deleted() {
        Set<String> deleted = new TreeSet<>();
        content.forEach((key, event) -> {
            if (event.getMessageId().isEmpty()) {
                deleted.add(event.getConversationId());
            }
        });
        return deleted;
    }

    /** Name, else e-mail, else id, by kind, parent and id; of what is gone {@code gone}. */
    Map<String, String> entries() {
        Map<String, String> entries = new TreeMap<>();
        directory.forEach((key, entry) -> entries.put(
                key,
                entry.getGone()
                        ? "gone"
                        : entry.getName() != null
                                ? entry.getName()
                                : entry.getEmail() != null ? entry.getEmail() : entry.getEntryId()));
        return entries;
    }

    @Override
    public void collect(Captured captured, long timestamp) {
        collect(captured);
    }

    @Override
    public void emitWatermark(Watermark watermark) {}

    @Override
    public void markIdle() {}

    @Override
    public void markActive() {}

    @Override
    public SourceOutput<Captured> createOutputForSplit(String splitId) {
        return this;
    }

    @Override
    public void releaseOutputForSplit(String splitId) {}
}
