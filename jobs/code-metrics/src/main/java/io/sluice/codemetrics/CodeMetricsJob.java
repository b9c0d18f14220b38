package io.sluice.codemetrics;

import io.sluice.core.spend.Id;
import io.sluice.elasticsearch.DocumentWrite;
import io.sluice.runtime.AfterCheckpointOperator;
import io.sluice.runtime.Bundle;
import io.sluice.runtime.ControlTopic;
import io.sluice.runtime.EdgeOptions;
import io.sluice.runtime.ElasticsearchEdge;
import io.sluice.runtime.KafkaEdges;
import io.sluice.runtime.KeyedValue;
import io.sluice.runtime.ProgressOperator;
import io.sluice.runtime.StrictEnvironment;
import io.sluice.schema.Topic;
import java.time.Duration;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.ParameterTool;

/** From what Claude Code reports to how it is used. */
public final class CodeMetricsJob {
    /** Values of the topics of the same names. */
    public record Inputs(
            DataStream<byte[]> activity,
            DataStream<byte[]> counters,
            DataStream<byte[]> usage,
            DataStream<byte[]> directory) {}

    /** Encoded records of the topics of the same names, each with its key. */
    public record Outputs(DataStream<KeyedValue> codeMetrics, DataStream<KeyedValue> activeUsers) {}

    private CodeMetricsJob() {}

    /** Options: see {@link CodeMetricsOptions}, given as {@code --key value}. */
    public static void main(String[] args) throws Exception {
        Configuration options = ParameterTool.fromArgs(args).getConfiguration();
        StreamExecutionEnvironment env = StrictEnvironment.create();
        KafkaEdges kafka = new KafkaEdges(options.get(EdgeOptions.KAFKA), "sluice-code-metrics");
        Outputs out = define(
                new Inputs(
                        kafka.source(env, Topic.ACTIVITY),
                        kafka.source(env, Topic.COUNTERS),
                        kafka.source(env, Topic.USAGE),
                        kafka.source(env, Topic.DIRECTORY)),
                kafka.controlTopic(Topic.DIRECTORY),
                options);
        out.codeMetrics()
                .sinkTo(kafka.sink(Topic.CODE_METRICS))
                .name("code-metrics-sink")
                .uid("code-metrics-sink");
        out.activeUsers()
                .sinkTo(kafka.sink(Topic.ACTIVE_USERS))
                .name("active-users-sink")
                .uid("active-users-sink");
        if (ElasticsearchEdge.isWanted(options)) {
            documents(out)
                    .sinkTo(ElasticsearchEdge.sink(options, kafka))
                    .name("elasticsearch-sink")
                    .uid("elasticsearch-sink");
        }
        env.execute("sluice-code-metrics");
    }

    /**
     * The whole topology. Knows neither Kafka nor Elasticsearch.
     *
     * @param directory what is read whole before the first element
     * @param options see {@link CodeMetricsOptions}
     */
    public static Outputs define(Inputs in, ControlTopic directory, Configuration options) {
        Duration openAfterEnd = options.get(CodeMetricsOptions.OPEN_AFTER_END);
        Duration knownAfterClose = options.get(CodeMetricsOptions.KNOWN_AFTER_CLOSE);
        boolean checkpoints =
                in.activity().getExecutionEnvironment().getCheckpointConfig().isCheckpointingEnabled();
        Tracing tracing = Tracing.of(options);
        TypeInformation<Bundle> bundle = TypeInformation.of(Bundle.class);
        TypeInformation<Id> id = TypeInformation.of(Id.class);
        TypeInformation<KeyedValue> result = TypeInformation.of(KeyedValue.class);

        SingleOutputStreamOperator<Bundle> activity = in.activity()
                .transform("activity-facts", bundle, new FactOperator(Topic.ACTIVITY, openAfterEnd, tracing))
                .uid("activity-facts");
        SingleOutputStreamOperator<Bundle> counters = in.counters()
                .transform("counter-facts", bundle, new FactOperator(Topic.COUNTERS, openAfterEnd, tracing))
                .uid("counter-facts");
        SingleOutputStreamOperator<Bundle> usage = in.usage()
                .transform("usage-facts", bundle, new FactOperator(Topic.USAGE, openAfterEnd, tracing))
                .uid("usage-facts");

        SingleOutputStreamOperator<KeyedValue> sessions = activity.union(counters, usage)
                .keyBy(Bundle::key, id)
                .connect(in.directory().broadcast())
                .transform(
                        "sessions",
                        result,
                        new SessionOperator(
                                directory,
                                openAfterEnd,
                                knownAfterClose,
                                options.get(CodeMetricsOptions.CACHED_FACTS),
                                tracing))
                .uid("sessions");
        SingleOutputStreamOperator<KeyedValue> activeUsers = sessions.getSideOutput(Tags.PRESENCES)
                .keyBy(Bundle::key, id)
                .transform(
                        "active-users",
                        result,
                        new ActiveUsersOperator(
                                options.get(CodeMetricsOptions.EXACT_USERS), openAfterEnd, knownAfterClose))
                .uid("active-users");

        return new Outputs(
                sessions.transform("sessions-told", result, new AfterCheckpointOperator(checkpoints))
                        .uid("sessions-told"),
                activeUsers
                        .transform("active-users-told", result, new AfterCheckpointOperator(checkpoints))
                        .uid("active-users-told"));
    }

    private static DataStream<DocumentWrite> documents(Outputs out) {
        TypeInformation<DocumentWrite> document = TypeInformation.of(DocumentWrite.class);
        DataStream<DocumentWrite> rows = out.codeMetrics()
                .map(Documents::row, document)
                .name("row-documents")
                .uid("row-documents");
        DataStream<DocumentWrite> users = out.activeUsers()
                .map(Documents::activeUsers, document)
                .name("active-users-documents")
                .uid("active-users-documents");
        DataStream<DocumentWrite> progress = rows.union(users)
                .filter(each -> false) // only the watermark goes on
                .name("watermark")
                .uid("watermark")
                .transform("progress", document, new ProgressOperator<>("code-metrics"))
                .uid("progress")
                .setParallelism(1);
        return rows.union(users, progress);
    }
}
