package io.sluice.spend;

import io.sluice.core.spend.Amounts;
import io.sluice.core.spend.Cell;
import io.sluice.core.spend.CostTeam;
import io.sluice.core.spend.Count;
import io.sluice.core.spend.Dimensions;
import io.sluice.core.spend.Periods;
import io.sluice.core.spend.Sheet;
import io.sluice.schema.Alert;
import io.sluice.schema.Codec;
import io.sluice.schema.LedgerEntry;
import io.sluice.schema.SpendCell;
import io.sluice.schema.Topic;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;

/** The records that the job writes to Kafka. Keys are the ids of the documents, so that compaction keeps the newest. */
final class ResultRecords {
    private ResultRecords() {}

    static final class Cells implements KafkaRecordSerializationSchema<Sheet.Update> {
        private static final long serialVersionUID = 1L;

        @Override
        public ProducerRecord<byte[], byte[]> serialize(Sheet.Update update, KafkaSinkContext context, Long timestamp) {
            return record(Topic.SPEND_WINDOWS, update.cell().documentId(), Codec.encode(cell(update)));
        }

        static SpendCell cell(Sheet.Update update) {
            Cell cell = update.cell();
            Dimensions dimensions = Documents.dimensions(cell);
            CostTeam team = CostTeam.of(update.directoryTeam(), dimensions.team());
            Amounts amounts = update.amounts();
            return new SpendCell(
                    dimensions.orgId(),
                    Periods.hourStartMicros(cell.hour()),
                    dimensions.user(),
                    team.name(),
                    dimensions.model(),
                    dimensions.product(),
                    dimensions.repository(),
                    dimensions.mcpServer(),
                    dimensions.skill(),
                    cell.counters() ? "counters" : "events",
                    amounts.micros(),
                    amounts.requests(),
                    amounts.input(),
                    amounts.output(),
                    amounts.cacheRead(),
                    amounts.cacheCreation(),
                    cell.importedIn(),
                    update.version(),
                    team.source().text(),
                    cell.segment(),
                    dimensions.terminal(),
                    dimensions.remote());
        }
    }

    static final class Ledger implements KafkaRecordSerializationSchema<LedgerRow> {
        private static final long serialVersionUID = 1L;

        @Override
        public ProducerRecord<byte[], byte[]> serialize(LedgerRow row, KafkaSinkContext context, Long timestamp) {
            LedgerEntry record = LedgerEntry.newBuilder()
                    .setOrgId(row.scope().orgId())
                    .setSource(row.scope().source())
                    .setHour(Periods.hourStartMicros(row.hour()))
                    .setReceived(row.count(Count.RECEIVED))
                    .setAccepted(row.count(Count.ACCEPTED))
                    .setDuplicate(row.count(Count.DUPLICATE))
                    .setRejected(row.count(Count.REJECTED))
                    .setLate(row.count(Count.LATE))
                    .setIgnored(row.count(Count.IGNORED))
                    .setErased(row.count(Count.ERASED))
                    .setSuperseded(row.count(Count.SUPERSEDED))
                    .build();
            return record(Topic.LEDGER, Documents.ledgerId(row), Codec.encode(record));
        }
    }

    /** By organization and subject: what is told of one stays in order. */
    static final class Alerts implements KafkaRecordSerializationSchema<byte[]> {
        private static final long serialVersionUID = 1L;

        @Override
        public ProducerRecord<byte[], byte[]> serialize(byte[] encoded, KafkaSinkContext context, Long timestamp) {
            Alert alert = decode(encoded);
            String subject =
                    alert.getUser() != null ? alert.getUser() : alert.getScopeType() + '|' + alert.getScopeId();
            return record(Topic.ALERTS, alert.getOrgId() + '|' + subject, encoded);
        }

        private static Alert decode(byte[] encoded) {
            try {
                return Codec.of(Alert.class).decode(encoded);
            } catch (IOException e) {
                throw new UncheckedIOException(e); // this job encoded it
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

    private static ProducerRecord<byte[], byte[]> record(Topic topic, String key, byte[] value) {
        return new ProducerRecord<>(topic.topicName(), key.getBytes(StandardCharsets.UTF_8), value);
    }
}
