package io.sluice.compliance;

import io.sluice.elasticsearch.DocumentWrite;
import io.sluice.runtime.EdgeOptions;
import io.sluice.runtime.ElasticsearchEdge;
import io.sluice.runtime.KafkaEdges;
import io.sluice.runtime.KeyedValue;
import io.sluice.runtime.ProgressOperator;
import io.sluice.runtime.StrictEnvironment;
import io.sluice.schema.Topic;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.ParameterTool;

/** Indexes conversations: one document per message, one per conversation. */
public final class ComplianceJob {
    /** Values of the topics of the same names. */
    public record Inputs(DataStream<byte[]> content) {}

    /**
     * @param documents for Elasticsearch
     * @param undecodable dead letters, encoded, of values that are no record of their topic
     */
    public record Outputs(DataStream<DocumentWrite> documents, DataStream<KeyedValue> undecodable) {}

    private ComplianceJob() {}

    /** Options: see {@link EdgeOptions}, given as {@code --key value}. */
    public static void main(String[] args) throws Exception {
        Configuration options = ParameterTool.fromArgs(args).getConfiguration();
        StreamExecutionEnvironment env = StrictEnvironment.create();
        // A checkpoint that overtakes records would hold them, and with them text.
        env.getCheckpointConfig().enableUnalignedCheckpoints(false);
        KafkaEdges kafka = new KafkaEdges(options.get(EdgeOptions.KAFKA), "sluice-compliance");
        Outputs out = define(new Inputs(kafka.source(env, Topic.CONTENT)));
        out.undecodable()
                .sinkTo(kafka.sink(Topic.DEAD_LETTERS))
                .name("dead-letters-sink")
                .uid("dead-letters-sink");
        out.documents()
                .sinkTo(ElasticsearchEdge.sinkOfContent(options, kafka))
                .name("elasticsearch-sink")
                .uid("elasticsearch-sink");
        env.execute("sluice-compliance");
    }

    /** The whole topology. Knows neither Kafka nor Elasticsearch. */
    public static Outputs define(Inputs in) {
        TypeInformation<DocumentWrite> document = TypeInformation.of(DocumentWrite.class);
        SingleOutputStreamOperator<Told> content = in.content()
                .process(new ReadContent(), TypeInformation.of(Told.class))
                .name("read-content")
                .uid("read-content");
        SingleOutputStreamOperator<DocumentWrite> conversations = content.keyBy(Told::conversation)
                .process(new ConversationFunction(), document)
                .name("conversations")
                .uid("conversations");
        DataStream<DocumentWrite> progress = conversations
                .filter(each -> false) // only the watermark goes on
                .name("watermark")
                .uid("watermark")
                .transform("progress", document, new ProgressOperator<>("compliance"))
                .uid("progress")
                .setParallelism(1);
        return new Outputs(conversations.union(progress), content.getSideOutput(Tags.UNDECODABLE));
    }
}
