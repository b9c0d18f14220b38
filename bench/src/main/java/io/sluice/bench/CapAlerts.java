package io.sluice.bench;

import io.sluice.core.caps.Alerts;
import io.sluice.schema.Alert;
import io.sluice.schema.Codec;
import io.sluice.schema.Topic;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** What the topic {@code alerts} says since it was emptied. */
final class CapAlerts {
    private static final Duration POLL = Duration.ofMillis(100);
    private static final int SHOWN = 3;

    private CapAlerts() {}

    /** What an alert is about. Occurrence and what describes the telling are no part of it. */
    static String key(@Nullable String user, String capId, long capVersion, long periodStart, int threshold) {
        return (user == null ? "" : user) + ' ' + capId + " v" + capVersion + ' ' + periodStart + ' ' + threshold;
    }

    static String key(Alert alert) {
        return key(
                alert.getUser(), alert.getCapId(), alert.getCapVersion(), alert.getPeriodStart(), alert.getThreshold());
    }

    /**
     * Compares those that are not resolved.
     *
     * @return when the last one was stored, epoch milliseconds; 0: there is none
     * @throws IncorrectException if there are others than expected, or one twice
     */
    static long check(Broker broker, Set<String> expected)
            throws IOException, InterruptedException, IncorrectException {
        Map<String, Alert> newest = new LinkedHashMap<>();
        long last = 0;
        Map<TopicPartition, Long> ends = broker.ends(Topic.ALERTS);
        Codec<Alert> codec = Codec.of(Alert.class);
        try (KafkaConsumer<String, byte[]> reader = broker.reader(ends)) {
            reader.seekToBeginning(ends.keySet());
            while (ends.entrySet().stream().anyMatch(end -> reader.position(end.getKey()) < end.getValue())) {
                for (ConsumerRecord<String, byte[]> message : reader.poll(POLL)) {
                    Alert alert = codec.decode(message.value());
                    newest.put(alert.getId(), alert);
                    last = Math.max(last, message.timestamp());
                }
            }
        }
        Set<String> found = new HashSet<>();
        for (Alert alert : newest.values()) {
            if (alert.getStatus().equals(Alerts.FIRING) && !found.add(key(alert))) {
                throw new IncorrectException("alerts: " + key(alert) + ": fires twice (expected: once)");
            }
        }
        check(found, expected);
        return last;
    }

    static void check(Set<String> found, Set<String> expected) throws IncorrectException {
        if (!found.equals(expected)) {
            throw new IncorrectException("alerts: " + found.size() + " (expected: " + expected.size() + "); missing "
                    + some(expected, found) + ", not expected " + some(found, expected));
        }
    }

    private static String some(Set<String> of, Set<String> without) {
        List<String> missing =
                of.stream().filter(key -> !without.contains(key)).sorted().toList();
        return missing.subList(0, Math.min(SHOWN, missing.size()))
                + (missing.size() > SHOWN ? " and " + (missing.size() - SHOWN) + " more" : "");
    }
}
