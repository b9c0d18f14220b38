package io.sluice.bench;

import io.sluice.schema.CapVersion;
import io.sluice.schema.Codec;
import io.sluice.schema.Topic;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Caps before a run of the spend job, edits of them during it, the alerts after it. */
final class CapsRound implements SpendRuns.Aside, AutoCloseable {
    private final Broker broker;
    private final CapsLoad load;
    private final Set<String> expected;
    private final KafkaProducer<String, byte[]> producer;
    private int edited;

    CapsRound(Broker broker, CapsLoad load, Set<String> expected) {
        this.broker = broker;
        this.load = load;
        this.expected = expected;
        this.producer = broker.producer();
    }

    @Override
    public void prepare() throws IOException, InterruptedException {
        broker.renew(List.of(Topic.CAPS, Topic.ALERTS, Topic.BUDGETS));
        ControlVersions.publish(broker, Topic.CAPS, load.caps());
        edited = 0;
    }

    /** Evenly over the load: the first edit after a part of it, the last one before its end. */
    @Override
    public void during(double part) throws InterruptedException, ExecutionException, TimeoutException {
        List<CapVersion> edits = load.edits();
        while (edited < edits.size() && part >= (edited + 1.0) / (edits.size() + 1)) {
            CapVersion edit = edits.get(edited++);
            producer.send(new ProducerRecord<>(Topic.CAPS.topicName(), ControlVersions.key(edit), Codec.encode(edit)))
                    .get(10, TimeUnit.SECONDS);
        }
    }

    @Override
    public long check() throws IOException, InterruptedException, IncorrectException {
        if (edited != load.edits().size()) {
            throw new IncorrectException(
                    "edits: " + edited + " (expected: " + load.edits().size() + ")");
        }
        return CapAlerts.check(broker, expected);
    }

    @Override
    public void close() {
        producer.close();
    }
}
