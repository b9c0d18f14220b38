package io.sluice.spend;

import io.sluice.core.spend.Alias;
import io.sluice.core.spend.Contribution;
import io.sluice.core.spend.LedgerChange;
import io.sluice.core.spend.RequestMessage;
import io.sluice.core.spend.SessionInput;
import io.sluice.elasticsearch.DocumentWrite;
import io.sluice.elasticsearch.ElasticsearchConnection;
import io.sluice.elasticsearch.ElasticsearchSink;
import io.sluice.runtime.KafkaEdges;
import io.sluice.runtime.StrictEnvironment;
import io.sluice.schema.Topic;
import java.time.Duration;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.ParameterTool;

/** From usage, counters and activity to the spend ledger. */
public final class SpendJob {
    /** Values of the topics of the same names. */
    public record Inputs(
            DataStream<byte[]> usage,
            DataStream<byte[]> counters,
            DataStream<byte[]> activity,
            DataStream<byte[]> deadLetters,
            DataStream<byte[]> intake) {}

    /**
     * @param documents for Elasticsearch: cells, requests, ledger rows, dead letters, progress
     * @param undecodable dead letters, encoded, of values that are no record of their topic
     */
    public record Outputs(
            DataStream<CellUpdate> cells,
            DataStream<LedgerRow> ledger,
            DataStream<DocumentWrite> documents,
            DataStream<byte[]> undecodable) {}

    private SpendJob() {}

    /** Options: see {@link SpendOptions}, given as {@code --key value}. */
    public static void main(String[] args) throws Exception {
        Configuration options = ParameterTool.fromArgs(args).getConfiguration();
        StreamExecutionEnvironment env = StrictEnvironment.create();
        KafkaEdges kafka = new KafkaEdges(options.get(SpendOptions.KAFKA), "sluice-spend");
        Outputs out = define(
                new Inputs(
                        kafka.source(env, Topic.USAGE),
                        kafka.source(env, Topic.COUNTERS),
                        kafka.source(env, Topic.ACTIVITY),
                        kafka.source(env, Topic.DEAD_LETTERS),
                        kafka.source(env, Topic.INTAKE)),
                options.get(SpendOptions.OPEN_AFTER_END));
        out.cells()
                .sinkTo(kafka.sink(Topic.SPEND_WINDOWS, new ResultRecords.Cells()))
                .name("spend-windows-sink")
                .uid("spend-windows-sink");
        out.ledger()
                .sinkTo(kafka.sink(Topic.LEDGER, new ResultRecords.Ledger()))
                .name("ledger-sink")
                .uid("ledger-sink");
        out.undecodable()
                .sinkTo(kafka.sink(Topic.DEAD_LETTERS, new ResultRecords.DeadLetters()))
                .name("dead-letters-sink")
                .uid("dead-letters-sink");
        String url = options.get(SpendOptions.ELASTICSEARCH);
        if (!url.equals("none")) {
            ElasticsearchConnection connection = ElasticsearchConnection.to(url);
            String passwordFile = options.get(SpendOptions.ELASTICSEARCH_PASSWORD_FILE);
            if (passwordFile != null) {
                connection = connection.withPasswordFile(options.get(SpendOptions.ELASTICSEARCH_USER), passwordFile);
            }
            out.documents()
                    .sinkTo(ElasticsearchSink.builder(connection).build())
                    .name("elasticsearch-sink")
                    .uid("elasticsearch-sink");
        }
        env.execute("sluice-spend");
    }

    /** The whole topology. Knows neither Kafka nor Elasticsearch. */
    public static Outputs define(Inputs in, Duration openAfterEnd) {
        SingleOutputStreamOperator<RequestMessage> usage = in.usage()
                .process(new ReadUsage(openAfterEnd), TypeInformation.of(RequestMessage.class))
                .name("read-usage")
                .uid("read-usage");
        SingleOutputStreamOperator<Once> counters = in.counters()
                .process(new ReadCounters(openAfterEnd), TypeInformation.of(Once.class))
                .name("read-counters")
                .uid("read-counters");
        SingleOutputStreamOperator<Once> activity = in.activity()
                .process(new ReadActivity(openAfterEnd), TypeInformation.of(Once.class))
                .name("read-activity")
                .uid("read-activity");
        SingleOutputStreamOperator<DocumentWrite> deadLetters = in.deadLetters()
                .process(new ReadDeadLetters(), TypeInformation.of(DocumentWrite.class))
                .name("read-dead-letters")
                .uid("read-dead-letters");
        SingleOutputStreamOperator<LedgerChange> intake = in.intake()
                .process(new ReadIntake(), TypeInformation.of(LedgerChange.class))
                .name("read-intake")
                .uid("read-intake");

        SingleOutputStreamOperator<SessionInput> once = counters.union(activity)
                .keyBy(Once::key)
                .process(new OnceFunction(), TypeInformation.of(SessionInput.class))
                .name("once")
                .uid("once");

        SingleOutputStreamOperator<RequestMessage> sessions = once.union(usage.getSideOutput(Tags.SESSIONS))
                .keyBy(SessionInput::key)
                .process(new SessionFunction(openAfterEnd), TypeInformation.of(RequestMessage.class))
                .name("sessions")
                .uid("sessions");

        SingleOutputStreamOperator<RequestMessage> aliases = usage.getSideOutput(Tags.ALIASES)
                .union(sessions.getSideOutput(Tags.ALIASES))
                .keyBy(Alias.Message::key)
                .process(new AliasFunction(), TypeInformation.of(RequestMessage.class))
                .name("aliases")
                .uid("aliases");

        SingleOutputStreamOperator<Contribution> requests = usage.union(sessions, aliases)
                .keyBy(RequestMessage::identity)
                .process(new RequestFunction(), TypeInformation.of(Contribution.class))
                .name("requests")
                .uid("requests");

        SingleOutputStreamOperator<CellUpdate> cells = requests.union(sessions.getSideOutput(Tags.CONTRIBUTIONS))
                .flatMap(new SettleFunction(openAfterEnd))
                .name("settle")
                .uid("settle")
                .keyBy(contribution -> Documents.cellId(contribution.cell()))
                .process(new CubeFunction(openAfterEnd), TypeInformation.of(CellUpdate.class))
                .name("cube")
                .uid("cube");

        SingleOutputStreamOperator<LedgerRow> ledger = intake.union(
                        usage.getSideOutput(Tags.LEDGER),
                        counters.getSideOutput(Tags.LEDGER),
                        activity.getSideOutput(Tags.LEDGER),
                        deadLetters.getSideOutput(Tags.LEDGER),
                        once.getSideOutput(Tags.LEDGER),
                        sessions.getSideOutput(Tags.LEDGER),
                        requests.getSideOutput(Tags.LEDGER))
                .transform("ledger-bundler", TypeInformation.of(LedgerChange.class), new LedgerBundler())
                .uid("ledger-bundler")
                .keyBy(change -> change.orgId() + '|' + change.source() + '|' + change.hour())
                .process(new LedgerFunction(), TypeInformation.of(LedgerRow.class))
                .name("ledger")
                .uid("ledger");

        TypeInformation<DocumentWrite> documentType = TypeInformation.of(DocumentWrite.class);
        DataStream<DocumentWrite> cellDocuments =
                cells.map(Documents::cell, documentType).name("cell-documents").uid("cell-documents");
        DataStream<DocumentWrite> ledgerDocuments = ledger.map(Documents::ledger, documentType)
                .name("ledger-documents")
                .uid("ledger-documents");
        DataStream<DocumentWrite> progress = cellDocuments
                .union(ledgerDocuments)
                .filter(document -> false) // only the watermark goes on
                .name("watermark")
                .uid("watermark")
                .transform("progress", documentType, new ProgressOperator<>())
                .uid("progress")
                .setParallelism(1);

        return new Outputs(
                cells,
                ledger,
                cellDocuments.union(ledgerDocuments, requests.getSideOutput(Tags.DOCUMENTS), deadLetters, progress),
                usage.getSideOutput(Tags.UNDECODABLE)
                        .union(
                                counters.getSideOutput(Tags.UNDECODABLE),
                                activity.getSideOutput(Tags.UNDECODABLE),
                                deadLetters.getSideOutput(Tags.UNDECODABLE),
                                intake.getSideOutput(Tags.UNDECODABLE)));
    }
}
