package io.sluice.reported;

import io.sluice.claudeapi.Reported;
import io.sluice.claudeapi.ReportedSource;
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

/** Reads what Anthropic reports about an organization onto topics and into Elasticsearch. */
public final class ReportedJob {
    private ReportedJob() {}

    /** Options: see {@link ReportedOptions}, given as {@code --key value}. */
    public static void main(String[] args) throws Exception {
        Configuration options = ParameterTool.fromArgs(args).getConfiguration();
        ReportedOptions.Reading reading = ReportedOptions.reading(options, LocalDate.now(ZoneOffset.UTC));
        StreamExecutionEnvironment env = StrictEnvironment.create();
        attach(env, options, reading);
        env.execute("sluice-reported");
    }

    static void attach(StreamExecutionEnvironment env, ReadableConfig options, ReportedOptions.Reading reading) {
        env.setParallelism(1); // it waits for answers, and limits upstream are of a process
        KafkaEdges kafka = new KafkaEdges(options.get(EdgeOptions.KAFKA), "sluice-reported");
        DataStream<Reported> reported = env.fromSource(
                        new ReportedSource(reading.account(), reading.reports(), reading.from()),
                        WatermarkStrategy.noWatermarks(),
                        "reported-source")
                .uid("reported-source");
        reported.sinkTo(kafka.sink(Topic.REPORTED, new ReportedRecords()))
                .name("reported-sink")
                .uid("reported-sink");
        if (ElasticsearchEdge.isWanted(options)) {
            define(reported)
                    .sinkTo(ElasticsearchEdge.sink(options, kafka))
                    .name("elasticsearch-sink")
                    .uid("elasticsearch-sink");
        }
    }

    /** The documents of what was reported. Knows neither Kafka nor Elasticsearch. */
    public static DataStream<DocumentWrite> define(DataStream<Reported> reported) {
        return reported.flatMap(new Documents(), TypeInformation.of(DocumentWrite.class))
                .name("reported-documents")
                .uid("reported-documents");
    }
}
