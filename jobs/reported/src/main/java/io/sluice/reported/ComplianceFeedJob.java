package io.sluice.reported;

import io.sluice.claudeapi.compliance.Captured;
import io.sluice.claudeapi.compliance.ComplianceSource;
import io.sluice.elasticsearch.DocumentWrite;
import io.sluice.runtime.EdgeOptions;
import io.sluice.runtime.ElasticsearchEdge;
import io.sluice.runtime.KafkaEdges;
import io.sluice.runtime.StrictEnvironment;
import io.sluice.schema.Topic;
import java.time.LocalDate;
import java.time.ZoneOffset;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.ParameterTool;

/**
 * Reads what people of an organization said and did, and who they are, onto topics, by Anthropic's Compliance API. Of this
 * only activities and the directory become documents here: conversations are indexed by the one job that knows what was
 * erased.
 */
public final class ComplianceFeedJob {
    private static final String NAME = "sluice-compliance-feed";

    private ComplianceFeedJob() {}

    /** Options: see {@link ComplianceFeedOptions}, given as {@code --key value}. */
    public static void main(String[] args) throws Exception {
        Configuration options = ParameterTool.fromArgs(args).getConfiguration();
        ComplianceFeedOptions.Reading reading = ComplianceFeedOptions.reading(options, LocalDate.now(ZoneOffset.UTC));
        StreamExecutionEnvironment env = StrictEnvironment.create();
        attach(env, options, reading);
        env.execute(NAME);
    }

    static void attach(StreamExecutionEnvironment env, ReadableConfig options, ComplianceFeedOptions.Reading reading) {
        env.setParallelism(1); // it waits for answers, and the budget upstream is of a process
        KafkaEdges kafka = new KafkaEdges(options.get(EdgeOptions.KAFKA), NAME);
        DataStream<Captured> captured = env.fromSource(
                        new ComplianceSource(reading.account(), reading.from(), reading.files()),
                        WatermarkStrategy.noWatermarks(),
                        "compliance-source")
                .uid("compliance-source");
        captured.sinkTo(kafka.sink(Topic.CONTENT, new CapturedRecords()))
                .name("compliance-sink")
                .uid("compliance-sink");
        if (ElasticsearchEdge.isWanted(options)) {
            define(captured)
                    .sinkTo(ElasticsearchEdge.sink(options, kafka))
                    .name("elasticsearch-sink")
                    .uid("elasticsearch-sink");
        }
    }

    /** The documents of what was captured. Knows neither Kafka nor Elasticsearch. */
    public static DataStream<DocumentWrite> define(DataStream<Captured> captured) {
        DataStream<DocumentWrite> directory = captured.flatMap(
                        new DirectoryDocuments(), TypeInformation.of(DocumentWrite.class))
                .name("directory-documents")
                .uid("directory-documents");
        return captured.flatMap(new ActivityDocuments(), TypeInformation.of(DocumentWrite.class))
                .name("compliance-documents")
                .uid("compliance-documents")
                .union(directory);
    }
}
