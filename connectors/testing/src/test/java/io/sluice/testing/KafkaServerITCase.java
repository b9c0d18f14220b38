package io.sluice.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KafkaServerITCase {
    private static final String TOPIC = "kept";

    @Test
    void keepsRecordsOverARestart() throws Exception {
        try (KafkaServer kafka = KafkaServer.start()) {
            createTopic(kafka);
            send(kafka, "before");
            kafka.restart();
            send(kafka, "after");
            assertThat(read(kafka, 2)).containsExactly("before", "after");
        }
    }

    @Test
    void startsAgainOnAGivenFolder(@TempDir Path data) throws Exception {
        int port = FreePort.next();
        try (KafkaServer first = KafkaServer.start(data, port, Map.of("message.max.bytes", "2000000"))) {
            assertThat(first.bootstrapServers()).isEqualTo("127.0.0.1:" + port);
            createTopic(first);
            send(first, "kept");
        }
        assertThat(data).isNotEmptyDirectory();
        try (KafkaServer second = KafkaServer.start(data, port, Map.of())) {
            assertThat(read(second, 1)).containsExactly("kept");
        }
    }

    private static void createTopic(KafkaServer kafka) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            admin.createTopics(List.of(new NewTopic(TOPIC, 1, (short) 1))).all().get();
        }
    }

    private static void send(KafkaServer kafka, String value) throws Exception {
        Map<String, Object> settings = Map.of("bootstrap.servers", kafka.bootstrapServers());
        try (KafkaProducer<String, String> producer =
                new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
            producer.send(new ProducerRecord<>(TOPIC, value)).get();
        }
    }

    private static List<String> read(KafkaServer kafka, int count) {
        Map<String, Object> settings =
                Map.of("bootstrap.servers", kafka.bootstrapServers(), "auto.offset.reset", "earliest");
        try (KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
            consumer.assign(List.of(new TopicPartition(TOPIC, 0)));
            List<String> values = new ArrayList<>();
            long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
            while (values.size() < count && System.nanoTime() < deadline) {
                consumer.poll(Duration.ofMillis(100)).forEach(read -> values.add(read.value()));
            }
            return values;
        }
    }
}
