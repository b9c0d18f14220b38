package io.sluice.runtime;

import io.sluice.elasticsearch.RejectedDocument;
import io.sluice.elasticsearch.RejectedDocumentHandler;
import io.sluice.schema.Codec;
import io.sluice.schema.DeadLetter;
import io.sluice.schema.Index;
import io.sluice.schema.Topic;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes dead letters of the documents that Elasticsearch will never accept, so that {@code GET /v1/dead-letters} shows
 * what is missing. The records behind them are accepted and count: only their documents are not there. So these letters
 * are no records of the ledger.
 */
public final class RefusedDocuments implements RejectedDocumentHandler {
    private static final long serialVersionUID = 1L;

    private static final Logger LOG = LoggerFactory.getLogger(RefusedDocuments.class);

    /** Of all these letters and of no others: receivers name their sources otherwise. */
    static final String SOURCE = "elasticsearch";

    private static final int TOO_LARGE = 413;

    private final KafkaEdges kafka;
    private transient @Nullable Producer<byte[], byte[]> producer;
    private transient @Nullable List<Future<RecordMetadata>> sent;

    public RefusedDocuments(KafkaEdges kafka) {
        this.kafka = kafka;
    }

    @Override
    public void onRejected(RejectedDocument rejected) {
        LOG.warn("Left out: {}", rejected);
        if (rejected.index().equals(Index.DEAD_LETTERS.indexName())) {
            return; // Its letter would be refused for the same.
        }
        if (producer == null) {
            producer = kafka.producer();
        }
        if (sent == null) {
            sent = new ArrayList<>();
        }
        byte[] letter = Codec.encode(letter(rejected, Instant.now()));
        sent.add(producer.send(new ProducerRecord<>(Topic.DEAD_LETTERS.topicName(), letter)));
    }

    /** Nothing is remembered of the documents after this: it has to be on the topic. */
    @Override
    public void flush() {
        if (producer == null || sent == null) {
            return;
        }
        producer.flush();
        try {
            for (Future<RecordMetadata> each : sent) {
                each.get();
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException("dead letters of refused documents cannot be written", e.getCause());
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
        sent.clear();
    }

    @Override
    public void close() {
        if (producer != null) {
            producer.close();
        }
    }

    /** Of one document there is one letter, however many of its versions are refused. */
    static DeadLetter letter(RejectedDocument rejected, Instant now) {
        boolean tooLarge = rejected.status() == TOO_LARGE;
        return DeadLetter.newBuilder()
                .setOrgId(rejected.orgId() == null ? "unknown" : rejected.orgId())
                .setEventId(rejected.index() + '/' + rejected.id())
                .setReceivedAt(ChronoUnit.MICROS.between(Instant.EPOCH, now))
                .setSource(SOURCE)
                .setReason(tooLarge ? "document-too-large" : "document-refused")
                .setField(rejected.field())
                .setMessage("document of " + rejected.index() + ": status " + rejected.status() + " "
                        + rejected.errorType() + " (expected: a document that the index takes; the record behind it is"
                        + " accepted and counts, its document is missing)")
                .setName(rejected.index())
                .build();
    }

    /** Whether a letter is of a document, and not of a record that was rejected. */
    public static boolean wrote(DeadLetter letter) {
        return letter.getSource().equals(SOURCE);
    }
}
