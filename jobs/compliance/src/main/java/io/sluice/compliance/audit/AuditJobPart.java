package io.sluice.compliance.audit;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.core.audit.AuditDocument;
import io.sluice.core.audit.AuditJson;
import io.sluice.core.caps.AlertDocument;
import io.sluice.elasticsearch.DocumentWrite;
import io.sluice.runtime.KeyedValue;
import io.sluice.schema.Alert;
import io.sluice.schema.AuditEntry;
import io.sluice.schema.Codec;
import io.sluice.schema.Index;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;

/** From the topic {@code audit} to the chain of each organization. */
public final class AuditJobPart {
    /**
     * What comes of it.
     *
     * @param chain for the topic {@code audit-chain}
     * @param documents of the indices {@code audit} and {@code alerts}
     * @param checkpoints for the topic {@code alerts}
     * @param undecodable for the topic {@code dead-letters}
     */
    public record Outputs(
            DataStream<KeyedValue> chain,
            DataStream<DocumentWrite> documents,
            DataStream<KeyedValue> checkpoints,
            DataStream<KeyedValue> undecodable) {}

    private AuditJobPart() {}

    /**
     * Knows neither Kafka nor Elasticsearch.
     *
     * @param audit values of the topic; those of an organization in their order
     * @param options see {@link AuditOptions}
     */
    public static Outputs define(DataStream<byte[]> audit, ReadableConfig options) {
        TypeInformation<KeyedValue> keyed = TypeInformation.of(KeyedValue.class);
        TypeInformation<DocumentWrite> document = TypeInformation.of(DocumentWrite.class);
        SingleOutputStreamOperator<SaidRecord> said = audit.process(
                        new ReadAuditFunction(), TypeInformation.of(SaidRecord.class))
                .name("read-audit")
                .uid("read-audit")
                // One to one with the source: several instances behind one would lose the order.
                .setParallelism(audit.getParallelism());
        SingleOutputStreamOperator<byte[]> entries = said.keyBy(SaidRecord::orgId, Types.STRING)
                .process(
                        new AuditChainFunction(
                                options.get(AuditOptions.CHECKPOINT_ENTRIES),
                                options.get(AuditOptions.CHECKPOINT_INTERVAL)),
                        PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO)
                .name("audit-chain")
                .uid("audit-chain");
        DataStream<byte[]> checkpoints = entries.getSideOutput(AuditChainFunction.CHECKPOINTS);
        return new Outputs(
                entries.map(AuditJobPart::entry, keyed)
                        .name("audit-chain-records")
                        .uid("audit-chain-records"),
                entries.map(AuditJobPart::entryDocument, document)
                        .name("audit-documents")
                        .uid("audit-documents")
                        .union(checkpoints
                                .map(AuditJobPart::alertDocument, document)
                                .name("audit-checkpoint-documents")
                                .uid("audit-checkpoint-documents")),
                checkpoints
                        .map(AuditJobPart::alert, keyed)
                        .name("audit-checkpoint-records")
                        .uid("audit-checkpoint-records"),
                said.getSideOutput(ReadAuditFunction.UNDECODABLE));
    }

    private static KeyedValue entry(byte[] value) throws IOException {
        AuditEntry entry = Codec.of(AuditEntry.class).decode(value);
        return new KeyedValue(bytes(entry.getOrgId() + '|' + entry.getNumber()), value);
    }

    /** An entry never changes: its document is written once, and whoever changes it is not overwritten. */
    static DocumentWrite entryDocument(byte[] value) throws IOException {
        AuditEntry entry = Codec.of(AuditEntry.class).decode(value);
        ObjectNode json = AuditJson.of(entry);
        return new DocumentWrite(
                Index.AUDIT.indexName(),
                AuditDocument.id(entry.getOrgId(), entry.getNumber()),
                1,
                AuditDocument.of(json).toString());
    }

    private static KeyedValue alert(byte[] value) throws IOException {
        Alert alert = Codec.of(Alert.class).decode(value);
        return new KeyedValue(bytes(alert.getOrgId() + '|' + alert.getScopeType() + '|' + alert.getScopeId()), value);
    }

    private static DocumentWrite alertDocument(byte[] value) throws IOException {
        Alert alert = Codec.of(Alert.class).decode(value);
        return DocumentWrite.of(
                Index.ALERTS.indexName(),
                alert.getId(),
                AlertDocument.version(alert),
                json -> AlertDocument.write(alert, json));
    }

    private static byte[] bytes(String key) {
        return key.getBytes(StandardCharsets.UTF_8);
    }
}
