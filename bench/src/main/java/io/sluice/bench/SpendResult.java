package io.sluice.bench;

import io.sluice.schema.LedgerEntry;
import io.sluice.schema.SpendCell;
import io.sluice.schema.Topic;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/** What one run of the spend job has written to {@code spend-windows} and {@code ledger}. */
final class SpendResult {
    private static final long MICROS_PER_HOUR = 3_600_000_000L;
    private static final Duration POLL = Duration.ofMillis(100);

    private final Broker broker;
    private final Map<TopicPartition, Long> cellsFrom;
    private final Map<TopicPartition, Long> ledgerFrom;

    /**
     * @param updates records on {@code spend-windows}
     * @param lastChangeMillis when the last record was stored, on either topic, that said anything new
     */
    record Summary(long cells, long updates, long lastChangeMillis) {}

    /** What is written from now on. */
    SpendResult(Broker broker) throws IOException, InterruptedException {
        this.broker = broker;
        cellsFrom = broker.ends(Topic.SPEND_WINDOWS);
        ledgerFrom = broker.ends(Topic.LEDGER);
    }

    KafkaConsumer<String, byte[]> ledgerReader() {
        return broker.reader(ledgerFrom);
    }

    /** The rows of the ledger as they come. Several rows of one key: the last one is what it is now. */
    static final class Ledger {
        private final Map<String, LedgerEntry> rows = new HashMap<>();
        private long lastChangeMillis;

        void read(KafkaConsumer<String, byte[]> reader) throws IOException {
            for (ConsumerRecord<String, byte[]> message : reader.poll(POLL)) {
                LedgerEntry row = LedgerEntry.getDecoder().decode(message.value());
                if (!row.equals(rows.put(message.key(), row))) {
                    lastChangeMillis = Math.max(lastChangeMillis, message.timestamp());
                }
            }
        }

        long received() {
            return sum(LedgerEntry::getReceived);
        }

        /** Whether every record has come to its end, as far as the ledger says. */
        boolean accountsFor(long records) {
            return received() == records
                    && sum(LedgerEntry::getAccepted)
                                    + sum(LedgerEntry::getDuplicate)
                                    + sum(LedgerEntry::getLate)
                                    + sum(LedgerEntry::getRejected)
                                    + sum(LedgerEntry::getIgnored)
                                    + sum(LedgerEntry::getErased)
                                    + sum(LedgerEntry::getSuperseded)
                            == records;
        }

        private long sum(Function<LedgerEntry, Long> count) {
            return rows.values().stream().mapToLong(count::apply).sum();
        }

        void check(Truth truth) throws IncorrectException {
            require("received", sum(LedgerEntry::getReceived), truth.received());
            require("accepted", sum(LedgerEntry::getAccepted), truth.accepted());
            require("duplicate", sum(LedgerEntry::getDuplicate), truth.duplicates());
            require("late", sum(LedgerEntry::getLate), truth.late());
            Map<Long, Long> byHour = new HashMap<>();
            for (LedgerEntry row : rows.values()) {
                byHour.merge(Math.floorDiv(row.getHour(), MICROS_PER_HOUR), row.getReceived(), Long::sum);
                long ended = row.getAccepted()
                        + row.getDuplicate()
                        + row.getRejected()
                        + row.getLate()
                        + row.getIgnored()
                        + row.getErased()
                        + row.getSuperseded();
                require("a row's sum of ends", ended, row.getReceived());
            }
            if (!byHour.equals(truth.receivedByHour())) {
                throw new IncorrectException("ledger: received is right in sum but not by hour");
            }
        }

        private static void require(String what, long found, long expected) throws IncorrectException {
            if (found != expected) {
                throw new IncorrectException("ledger: " + what + ": " + found + " (expected: " + expected + ")");
            }
        }
    }

    /** Whether the cells add up to the truth, exactly; each cell by the highest version of its key. */
    Summary check(Truth truth, Ledger ledger) throws IOException, InterruptedException, IncorrectException {
        Map<String, SpendCell> cells = new HashMap<>();
        Sums sums = new Sums();
        long updates = 0;
        long lastChange = ledger.lastChangeMillis;
        Map<TopicPartition, Long> ends = broker.ends(Topic.SPEND_WINDOWS);
        try (KafkaConsumer<String, byte[]> reader = broker.reader(cellsFrom)) {
            while (behind(reader, ends)) {
                for (ConsumerRecord<String, byte[]> message : reader.poll(POLL)) {
                    SpendCell cell = SpendCell.getDecoder().decode(message.value());
                    SpendCell before = cells.get(message.key());
                    updates++;
                    if (before != null && before.getVersion() >= cell.getVersion()) {
                        continue;
                    }
                    cells.put(message.key(), cell);
                    sums.add(cell, 1);
                    if (before != null) {
                        sums.add(before, -1);
                        before.setVersion(cell.getVersion());
                    }
                    if (!cell.equals(before)) {
                        lastChange = Math.max(lastChange, message.timestamp());
                    }
                }
            }
        }
        String difference = sums.differenceFrom(truth.cells());
        if (difference != null) {
            throw new IncorrectException("spend-windows: " + difference);
        }
        return new Summary(cells.size(), updates, lastChange);
    }

    private static boolean behind(KafkaConsumer<String, byte[]> reader, Map<TopicPartition, Long> ends) {
        return ends.entrySet().stream().anyMatch(end -> reader.position(end.getKey()) < end.getValue());
    }
}
