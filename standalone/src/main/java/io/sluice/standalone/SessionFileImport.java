package io.sluice.standalone;

import io.sluice.schema.ActivityEvent;
import io.sluice.schema.Actor;
import io.sluice.schema.Codec;
import io.sluice.schema.ContentEvent;
import io.sluice.schema.DeadLetter;
import io.sluice.schema.LedgerEntry;
import io.sluice.schema.Micros;
import io.sluice.schema.Topic;
import io.sluice.schema.UsageEvent;
import io.sluice.transcripts.FileCounts;
import io.sluice.transcripts.SessionFileContext;
import io.sluice.transcripts.SessionFileDecoder;
import io.sluice.transcripts.SessionFileSink;
import io.sluice.transcripts.SessionFiles.SessionFile;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongConsumer;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/**
 * Decodes session files and stores their records in Kafka. The same file imported again gives the same records, which
 * the spend job then counts as duplicates.
 *
 * <p>Not thread-safe.
 */
public final class SessionFileImport implements AutoCloseable {
    /** As the ledger names it. */
    static final String SOURCE = "session-file";

    private final String orgId;
    private final boolean keepsContent;
    private final Instant receivedAt;
    private final KafkaProducer<String, byte[]> producer;
    private final SessionFileDecoder decoder;
    private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();

    /**
     * What became of the lines of several files.
     *
     * @param received records, as the ledger counts them
     * @param accepted usage and activity records, of which the ledger counts those known already as duplicate
     * @param content records with message text; not part of {@code received}
     * @param duplicate lines folded into another record
     * @param ignored lines that tell nothing of use
     * @param rejected lines that became dead letters
     * @param incomplete files that end in the middle of a line
     */
    public record Totals(
            long files,
            long lines,
            long received,
            long accepted,
            long content,
            long duplicate,
            long ignored,
            long rejected,
            long incomplete) {
        static final Totals NONE = new Totals(0, 0, 0, 0, 0, 0, 0, 0, 0);

        /** @param keepsContent else its messages were ignored */
        public Totals plus(FileCounts file, boolean keepsContent) {
            long dropped = keepsContent ? 0 : file.content();
            return new Totals(
                    files + 1,
                    lines + file.lines(),
                    received + file.received() + dropped,
                    accepted + file.usage() + file.activity(),
                    content + file.content() - dropped,
                    duplicate + file.duplicate(),
                    ignored + file.ignored() + dropped,
                    rejected + file.rejected(),
                    incomplete + (file.incompleteLastLine() ? 1 : 0));
        }
    }

    /**
     * @param kafkaServers {@code host:port}
     * @param email whose files these are; null: not known. The job takes it from telemetry of the same session, if any
     * @param keepsContent whether messages of the organization are stored
     */
    public SessionFileImport(String kafkaServers, String orgId, @Nullable String email, boolean keepsContent) {
        this.orgId = orgId;
        this.keepsContent = keepsContent;
        this.receivedAt = Instant.now().truncatedTo(ChronoUnit.MICROS);
        this.producer = new KafkaProducer<>(config(kafkaServers), new StringSerializer(), new ByteArraySerializer());
        Actor actor = Actor.newBuilder().setEmail(email).build();
        this.decoder = new SessionFileDecoder(new SessionFileContext(orgId, actor, receivedAt), new Sink());
    }

    private static Map<String, Object> config(String kafkaServers) {
        Map<String, Object> config = new HashMap<>();
        config.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, kafkaServers);
        config.put(ProducerConfig.ACKS_CONFIG, "all");
        config.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        config.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
        config.put(ProducerConfig.LINGER_MS_CONFIG, 20);
        config.put(ProducerConfig.BATCH_SIZE_CONFIG, 256 * 1024);
        config.put(ProducerConfig.BUFFER_MEMORY_CONFIG, 32L << 20);
        config.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, Kafka.MOST_MESSAGE_BYTES);
        return config;
    }

    /**
     * Decodes one file and hands its records to Kafka; {@link #flush} says when they are stored.
     *
     * @param progress told of bytes as they are read
     * @throws IOException if the file cannot be read, or something could not be stored
     */
    public FileCounts add(SessionFile file, LongConsumer progress) throws IOException {
        FileCounts counts;
        try (InputStream in = new Counting(Files.newInputStream(file.path()), progress)) {
            counts = decoder.decode(file.path(), in);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        long ignored = counts.ignored() + (keepsContent ? 0 : counts.content());
        long folded = counts.duplicate() + ignored;
        if (folded > 0) {
            // Whatever else was received is counted by those who read the records.
            send(
                    Topic.INTAKE,
                    orgId,
                    LedgerEntry.newBuilder()
                            .setOrgId(orgId)
                            .setSource(SOURCE)
                            .setHour(Micros.of(receivedAt.truncatedTo(ChronoUnit.HOURS)))
                            .setReceived(folded)
                            .setDuplicate(counts.duplicate())
                            .setIgnored(ignored)
                            .build());
        }
        requireStored();
        return counts;
    }

    /** Returns when everything is stored. */
    public void flush() throws IOException {
        producer.flush();
        requireStored();
    }

    private void requireStored() throws IOException {
        Exception problem = failure.get();
        if (problem != null) {
            throw new IOException(
                    "Kafka: not everything could be stored (import again; nothing counts twice): "
                            + problem.getMessage(),
                    problem);
        }
    }

    private void send(Topic topic, String key, SpecificRecordBase message) {
        byte[] value = Codec.encode(message);
        Future<?> unused = producer.send(new ProducerRecord<>(topic.topicName(), key, value), (metadata, problem) -> {
            if (problem != null) {
                failure.compareAndSet(null, problem);
            }
        });
    }

    @Override
    public void close() {
        producer.close();
    }

    private final class Sink implements SessionFileSink {
        @Override
        public void usage(UsageEvent event) {
            send(
                    Topic.USAGE,
                    Topic.sessionKey(
                            event.getOrgId(),
                            event.getSessionId(),
                            event.getActor().getInstallationId()),
                    event);
        }

        @Override
        public void activity(ActivityEvent event) {
            send(
                    Topic.ACTIVITY,
                    Topic.sessionKey(
                            event.getOrgId(),
                            event.getSessionId(),
                            event.getActor().getInstallationId()),
                    event);
        }

        @Override
        public void content(ContentEvent event) {
            if (!keepsContent) {
                return;
            }
            send(
                    Topic.CONTENT,
                    Topic.contentKey(event.getOrgId(), event.getConversationId(), event.getMessageId()),
                    event);
        }

        @Override
        public void deadLetter(DeadLetter letter) {
            send(Topic.DEAD_LETTERS, letter.getEventId(), letter);
        }
    }

    private static final class Counting extends FilterInputStream {
        private final LongConsumer progress;

        Counting(InputStream in, LongConsumer progress) {
            super(in);
            this.progress = progress;
        }

        @Override
        public int read() throws IOException {
            int read = super.read();
            if (read >= 0) {
                progress.accept(1);
            }
            return read;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int read = super.read(buffer, offset, length);
            if (read > 0) {
                progress.accept(read);
            }
            return read;
        }
    }
}
