package io.sluice.bench;

import io.sluice.elasticsearch.DocumentWrite;
import io.sluice.runtime.ElasticsearchEdge;
import io.sluice.runtime.KafkaEdges;
import io.sluice.runtime.StrictEnvironment;
import java.util.List;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.connector.datagen.source.GeneratorFunction;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.ParameterTool;

/** The least that a job which stores documents does: documents that are in memory, and the sink. */
final class LoaderJob {
    private static List<DocumentWrite> documents = List.of();

    private record Next() implements GeneratorFunction<Long, DocumentWrite> {
        @Override
        public DocumentWrite map(Long index) {
            return documents.get(index.intValue());
        }
    }

    private LoaderJob() {}

    /** @param all of which a job that is started after this stores each once, in order, and ends */
    static void use(List<DocumentWrite> all) {
        documents = all;
    }

    static void main(String kafka, String[] arguments) throws Exception {
        Configuration options = ParameterTool.fromArgs(arguments).getConfiguration();
        StreamExecutionEnvironment env = StrictEnvironment.create();
        env.fromSource(
                        new DataGeneratorSource<>(
                                new Next(), documents.size(), TypeInformation.of(DocumentWrite.class)),
                        WatermarkStrategy.noWatermarks(),
                        "documents")
                .uid("documents")
                .sinkTo(ElasticsearchEdge.sinkOfContent(options, new KafkaEdges(kafka, "sluice-bench-loader")))
                .name("elasticsearch-sink")
                .uid("elasticsearch-sink");
        env.execute("sluice-bench-loader");
    }
}
