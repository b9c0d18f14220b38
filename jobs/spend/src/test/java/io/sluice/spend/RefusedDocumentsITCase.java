package io.sluice.spend;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.elasticsearch.RejectedDocument;
import io.sluice.runtime.KafkaEdges;
import io.sluice.runtime.RefusedDocuments;
import io.sluice.schema.Codec;
import io.sluice.schema.DeadLetter;
import io.sluice.schema.Index;
import io.sluice.schema.Topic;
import io.sluice.testing.KafkaServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.flink.streaming.api.operators.ProcessOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.apache.flink.util.InstantiationUtil;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Test;

/** What Elasticsearch refuses is a dead letter on the topic, and no record of the ledger. */
class RefusedDocumentsITCase {
    private static final String EVENTS = Index.SPEND_EVENTS.indexName();

    private static RejectedDocument rejected(String index, String id, long version, int status, String orgId) {
        return new RejectedDocument(index, id, version, status, "document_parsing_exception", "model", orgId);
    }

    @Test
    void refusedDocumentsAreDeadLettersAndNotCountedAgain() throws Exception {
        try (KafkaServer kafka = KafkaServer.start()) {
            Map<String, Object> bootstrap = Map.of("bootstrap.servers", kafka.bootstrapServers());
            try (Admin admin = Admin.create(bootstrap)) {
                admin.createTopics(List.of(new NewTopic(Topic.DEAD_LETTERS.topicName(), 1, (short) 1)))
                        .all()
                        .get(60, TimeUnit.SECONDS);
            }
            // As the sink has it in the job: sent over the network.
            RefusedDocuments refused =
                    InstantiationUtil.clone(new RefusedDocuments(new KafkaEdges(kafka.bootstrapServers(), "test")));
            refused.flush();
            refused.onRejected(rejected(EVENTS, "a", 1, 400, "acme"));
            refused.onRejected(rejected(EVENTS, "a", 2, 400, "acme"));
            refused.onRejected(rejected(Index.SPEND_CELLS.indexName(), "b", 7, 413, "globex"));
            refused.onRejected(rejected(Index.DEAD_LETTERS.indexName(), "c", 1, 400, "acme"));
            refused.flush();
            // All is there before a checkpoint can be.
            List<byte[]> topic = read(bootstrap);
            refused.close();

            List<DeadLetter> letters = new ArrayList<>();
            for (byte[] value : topic) {
                letters.add(Codec.of(DeadLetter.class).decode(value));
            }
            assertThat(letters)
                    .extracting(letter -> String.join(
                            " ",
                            letter.getOrgId(),
                            letter.getEventId(),
                            letter.getSource(),
                            letter.getReason(),
                            letter.getField()))
                    .containsExactly(
                            "acme sluice-spend-events/a elasticsearch document-refused model",
                            "acme sluice-spend-events/a elasticsearch document-refused model",
                            "globex sluice-spend-cells/b elasticsearch document-too-large model");
            assertThat(letters.get(0).getMessage()).startsWith("document of " + EVENTS + ": status 400 ");
            assertThat(letters.get(0).getReceivedAt()).isPositive();
            readByTheJob(topic);
        }
    }

    private static List<byte[]> read(Map<String, Object> bootstrap) {
        List<byte[]> values = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(bootstrap, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            TopicPartition partition = new TopicPartition(Topic.DEAD_LETTERS.topicName(), 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
            while (consumer.position(partition) < end) {
                consumer.poll(Duration.ofSeconds(1)).forEach(record -> values.add(record.value()));
            }
        }
        return values;
    }

    private static void readByTheJob(List<byte[]> topic) throws Exception {
        try (var harness = new OneInputStreamOperatorTestHarness<>(new ProcessOperator<>(new ReadDeadLetters()))) {
            harness.open();
            for (byte[] value : topic) {
                harness.processElement(new StreamRecord<>(value));
            }
            assertThat(harness.extractOutputValues())
                    .as("one document for each that is missing")
                    .extracting(document -> document.index() + ' ' + document.id())
                    .hasSize(3)
                    .containsOnlyOnceElementsOf(List.of(
                            Index.DEAD_LETTERS.indexName() + ' ' + Documents.hash("globex", "sluice-spend-cells/b")))
                    .contains(Index.DEAD_LETTERS.indexName() + ' ' + Documents.hash("acme", "sluice-spend-events/a"));
            assertThat(harness.getSideOutput(Tags.LEDGER))
                    .as("the records behind them are counted")
                    .isNull();

            DeadLetter ofARecord = Codec.of(DeadLetter.class).decode(topic.get(0));
            ofARecord.setSource("otlp-logs");
            harness.processElement(new StreamRecord<>(Codec.encode(ofARecord)));
            assertThat(harness.getSideOutput(Tags.LEDGER)).hasSize(2);
        }
    }
}
