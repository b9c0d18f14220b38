package io.sluice.spend;

import io.sluice.core.spend.Amounts;
import io.sluice.core.spend.CellKey;
import io.sluice.core.spend.Count;
import io.sluice.core.spend.Periods;
import io.sluice.schema.LedgerEntry;
import io.sluice.schema.SpendCell;
import io.sluice.schema.Topic;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;

/** The records that the job writes to Kafka. Keys are the ids of the documents, so that compaction keeps the newest. */
final class ResultRecords {
    private ResultRecords() {}

    static final class Cells implements KafkaRecordSerializationSchema<CellUpdate> {
        private static final long serialVersionUID = 1L;

        @Override
        public ProducerRecord<byte[], byte[]> serialize(CellUpdate update, KafkaSinkContext context, Long timestamp) {
            CellKey cell = update.cell();
            Amounts amounts = update.amounts();
            SpendCell record = SpendCell.newBuilder()
                    .setOrgId(cell.orgId())
                    .setStartingAt(hour(cell.hour()))
                    .setUser(cell.user())
                    .setTeam(cell.team())
                    .setModel(cell.model())
                    .setProduct(cell.product())
                    .setRepository(cell.repository())
                    .setMcpServer(cell.mcpServer())
                    .setSkill(cell.skill())
                    .setBasis(cell.counters() ? "counters" : "events")
                    .setSpendMicros(amounts.micros())
                    .setRequests(amounts.requests())
                    .setInputTokens(amounts.input())
                    .setOutputTokens(amounts.output())
                    .setCacheReadTokens(amounts.cacheRead())
                    .setCacheCreationTokens(amounts.cacheCreation())
                    .setImportedIn(cell.importedIn())
                    .setVersion(update.version())
                    .build();
            try {
                return record(
                        Topic.SPEND_WINDOWS,
                        Documents.cellId(cell),
                        SpendCell.getEncoder().encode(record));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    static final class Ledger implements KafkaRecordSerializationSchema<LedgerRow> {
        private static final long serialVersionUID = 1L;

        @Override
        public ProducerRecord<byte[], byte[]> serialize(LedgerRow row, KafkaSinkContext context, Long timestamp) {
            LedgerEntry record = LedgerEntry.newBuilder()
                    .setOrgId(row.orgId())
                    .setSource(row.source())
                    .setHour(hour(row.hour()))
                    .setReceived(row.count(Count.RECEIVED))
                    .setAccepted(row.count(Count.ACCEPTED))
                    .setDuplicate(row.count(Count.DUPLICATE))
                    .setRejected(row.count(Count.REJECTED))
                    .setLate(row.count(Count.LATE))
                    .setIgnored(row.count(Count.IGNORED))
                    .setErased(row.count(Count.ERASED))
                    .setSuperseded(row.count(Count.SUPERSEDED))
                    .build();
            try {
                return record(
                        Topic.LEDGER,
                        Documents.ledgerId(row),
                        LedgerEntry.getEncoder().encode(record));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    static final class DeadLetters implements KafkaRecordSerializationSchema<byte[]> {
        private static final long serialVersionUID = 1L;

        @Override
        public ProducerRecord<byte[], byte[]> serialize(byte[] encoded, KafkaSinkContext context, Long timestamp) {
            return new ProducerRecord<>(Topic.DEAD_LETTERS.topicName(), encoded);
        }
    }

    private static Instant hour(long hour) {
        return Instant.EPOCH.plus(Periods.hourStartMicros(hour), ChronoUnit.MICROS);
    }

    private static ProducerRecord<byte[], byte[]> record(Topic topic, String key, ByteBuffer encoded) {
        byte[] value = new byte[encoded.remaining()];
        encoded.get(value);
        return new ProducerRecord<>(topic.topicName(), key.getBytes(StandardCharsets.UTF_8), value);
    }
}
