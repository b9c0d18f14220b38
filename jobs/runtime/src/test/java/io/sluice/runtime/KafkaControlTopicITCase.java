package io.sluice.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.schema.Topic;
import io.sluice.testing.KafkaServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;

class KafkaControlTopicITCase {
    @Test
    void handsOverAllThatTheTopicHolds() throws Exception {
        try (KafkaServer kafka = KafkaServer.start()) {
            ControlTopic topic = new KafkaEdges(kafka.bootstrapServers(), "test").controlTopic(Topic.DIRECTORY);
            assertThatThrownBy(() -> topic.readToEnd(value -> {}))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("directory");
            Map<String, Object> settings = Map.of("bootstrap.servers", kafka.bootstrapServers());
            try (Admin admin = Admin.create(settings)) {
                admin.createTopics(List.of(new NewTopic(Topic.DIRECTORY.topicName(), 3, (short) 1)))
                        .all()
                        .get();
            }
            assertThat(read(topic)).isEmpty();
            List<String> values =
                    IntStream.range(0, 2000).mapToObj(i -> "version-" + i).toList();
            try (KafkaProducer<String, String> producer =
                    new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
                for (String value : values) {
                    producer.send(new ProducerRecord<>(Topic.DIRECTORY.topicName(), value, value));
                }
                producer.send(new ProducerRecord<>(Topic.DIRECTORY.topicName(), "erased", null));
            }
            assertThat(read(topic)).containsExactlyInAnyOrderElementsOf(values);
            assertThat(read(topic)).as("nothing is committed").hasSize(2000);
        }
    }

    private static List<String> read(ControlTopic topic) throws Exception {
        List<String> values = new ArrayList<>();
        topic.readToEnd(value -> values.add(new String(value, StandardCharsets.UTF_8)));
        return values;
    }
}
