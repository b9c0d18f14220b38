package io.sluice.compliance;

import io.sluice.claudeapi.compliance.ComplianceAccount;
import io.sluice.compliance.audit.AuditJobPart;
import io.sluice.elasticsearch.DocumentWrite;
import io.sluice.elasticsearch.ElasticsearchConnection;
import io.sluice.runtime.ControlTopic;
import io.sluice.runtime.EdgeOptions;
import io.sluice.runtime.ElasticsearchEdge;
import io.sluice.runtime.KafkaEdges;
import io.sluice.runtime.KeyedValue;
import io.sluice.runtime.ProgressOperator;
import io.sluice.runtime.StrictEnvironment;
import io.sluice.schema.Topic;
import java.io.Serializable;
import java.time.Duration;
import java.util.Map;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.ParameterTool;
import org.jspecify.annotations.Nullable;

/** Indexes conversations: one document per message, one per conversation. */
public final class ComplianceJob {
    private static final long BUFFER_TIMEOUT_MILLIS = 100;

    /**
     * Records of the topics of the same names.
     *
     * @param content with null values
     */
    public record Inputs(DataStream<KeyedValue> content, DataStream<byte[]> compliance) {}

    /**
     * What erasures need.
     *
     * @param register the topic {@code compliance}, to be read when operators open
     * @param elasticsearch where conversations are
     * @param kafkaWithin how long text may stay on Kafka after its null record
     * @param upstream where chats are deleted as well if the request asks for it; null: nowhere
     * @param checkpoints whether the job makes any
     */
    public record Erasing(
            ControlTopic register,
            ElasticsearchConnection elasticsearch,
            Duration kafkaWithin,
            @Nullable ComplianceAccount upstream,
            boolean checkpoints)
            implements Serializable {}

    /**
     * @param documents of messages and conversations, for Elasticsearch
     * @param reports for Elasticsearch: how far erasures and the job itself have come
     * @param undecodable dead letters, encoded, of values that are no record of their topic
     * @param nulls for {@code content}: of messages that are erased
     * @param receipts how far erasures have come, encoded
     */
    public record Outputs(
            DataStream<DocumentWrite> documents,
            DataStream<DocumentWrite> reports,
            DataStream<KeyedValue> undecodable,
            DataStream<KeyedValue> nulls,
            DataStream<KeyedValue> receipts) {}

    private ComplianceJob() {}

    /** Options: see {@link EdgeOptions}, given as {@code --key value}. */
    public static void main(String[] args) throws Exception {
        Configuration options = ParameterTool.fromArgs(args).getConfiguration();
        StreamExecutionEnvironment env = StrictEnvironment.create(settings());
        attach(env, options);
        env.execute("sluice-compliance");
    }

    /** Of nearly every message nothing is known yet, and filters say so without a search. */
    static Configuration settings() {
        return Configuration.fromMap(Map.of(
                "state.backend.rocksdb.use-bloom-filter",
                "true",
                "state.backend.rocksdb.options-factory",
                ContentStateOptions.class.getName()));
    }

    static void attach(StreamExecutionEnvironment env, ReadableConfig options) {
        // A checkpoint that overtakes records would hold them, and with them text.
        env.getCheckpointConfig().enableUnalignedCheckpoints(false);
        // Nobody waits for a message in milliseconds, and each task has a thread that wakes so often.
        env.setBufferTimeout(BUFFER_TIMEOUT_MILLIS);
        KafkaEdges kafka = new KafkaEdges(options.get(EdgeOptions.KAFKA), "sluice-compliance");
        Inputs in = new Inputs(kafka.patientSource(env, Topic.CONTENT), kafka.source(env, Topic.COMPLIANCE));
        Erasing erasing = new Erasing(
                kafka.controlTopic(Topic.COMPLIANCE),
                ElasticsearchEdge.connection(options),
                options.get(ComplianceOptions.KAFKA_ERASED_WITHIN),
                ComplianceOptions.upstream(options),
                env.getCheckpointConfig().isCheckpointingEnabled());
        Outputs out = define(in, erasing);
        AuditJobPart.Outputs audit = AuditJobPart.define(kafka.source(env, Topic.AUDIT), options);
        audit.chain()
                .sinkTo(kafka.sink(Topic.AUDIT_CHAIN))
                .name("audit-chain-sink")
                .uid("audit-chain-sink");
        audit.checkpoints().sinkTo(kafka.sink(Topic.ALERTS)).name("alerts-sink").uid("alerts-sink");
        out.nulls()
                .sinkTo(kafka.sink(Topic.CONTENT, new ContentRecords()))
                .name("content-sink")
                .uid("content-sink");
        out.receipts().sinkTo(kafka.sink(Topic.RECEIPTS)).name("receipts-sink").uid("receipts-sink");
        out.undecodable()
                .union(audit.undecodable())
                .sinkTo(kafka.sink(Topic.DEAD_LETTERS))
                .name("dead-letters-sink")
                .uid("dead-letters-sink");
        // In the chain of what makes them: texts are large, and are not copied on the way.
        out.documents()
                .sinkTo(ElasticsearchEdge.sinkOfContent(options, kafka))
                .name("conversations-sink")
                .uid("conversations-sink");
        out.reports()
                .union(audit.documents())
                .sinkTo(ElasticsearchEdge.sinkOfContent(options, kafka))
                .name("elasticsearch-sink")
                .uid("elasticsearch-sink");
    }

    /** The whole topology. Knows neither Kafka nor the sink of documents. */
    public static Outputs define(Inputs in, Erasing erasing) {
        TypeInformation<DocumentWrite> document = TypeInformation.of(DocumentWrite.class);
        TypeInformation<KeyedValue> record = TypeInformation.of(KeyedValue.class);
        SingleOutputStreamOperator<Told> content = in.content()
                .process(new ReadContent(), TypeInformation.of(Told.class))
                .name("read-content")
                .uid("read-content");
        SingleOutputStreamOperator<DocumentWrite> conversations = content.keyBy(Told::conversation)
                .connect(in.compliance().broadcast())
                .transform("conversations", document, new ConversationOperator(erasing.register()))
                .uid("conversations");
        SingleOutputStreamOperator<KeyedValue> erasures = conversations
                .getSideOutput(Tags.ACKS)
                .connect(in.compliance())
                .transform("erasures", record, new ErasureOperator(erasing))
                .uid("erasures")
                .setParallelism(1);
        DataStream<DocumentWrite> progress = conversations
                .filter(each -> false) // only the watermark goes on
                .name("watermark")
                .uid("watermark")
                .transform("progress", document, new ProgressOperator<>("compliance"))
                .uid("progress")
                .setParallelism(1);
        return new Outputs(
                conversations,
                progress.union(erasures.getSideOutput(Tags.DOCUMENTS)),
                content.getSideOutput(Tags.UNDECODABLE),
                conversations.getSideOutput(Tags.NULLS).union(erasures.getSideOutput(Tags.NULLS)),
                erasures);
    }
}
