package io.sluice.spend;

import io.sluice.core.hooks.HookSign;
import io.sluice.core.spend.Id;
import io.sluice.core.spend.LedgerChange;
import io.sluice.core.spend.SessionInput;
import io.sluice.core.spend.Sheet;
import io.sluice.elasticsearch.DocumentWrite;
import io.sluice.runtime.Bundle;
import io.sluice.runtime.ControlTopic;
import io.sluice.runtime.EdgeOptions;
import io.sluice.runtime.ElasticsearchEdge;
import io.sluice.runtime.KafkaEdges;
import io.sluice.runtime.KeyedValue;
import io.sluice.runtime.ProgressOperator;
import io.sluice.runtime.StrictEnvironment;
import io.sluice.schema.Alert;
import io.sluice.schema.CapVersion;
import io.sluice.schema.DirectoryVersion;
import io.sluice.schema.Topic;
import java.io.Serializable;
import java.time.Duration;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.DataStreamUtils;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.ParameterTool;
import org.jspecify.annotations.Nullable;

/** From usage, counters and activity to the spend ledger. */
public final class SpendJob {
    /** Values of the topics of the same names. */
    public record Inputs(
            DataStream<byte[]> usage,
            DataStream<byte[]> counters,
            DataStream<byte[]> activity,
            DataStream<byte[]> deadLetters,
            DataStream<byte[]> intake,
            DataStream<byte[]> directory,
            DataStream<byte[]> caps,
            DataStream<byte[]> alerts) {}

    /** What operators read whole before the first element: the values of the inputs of the same names. */
    public record Controls(ControlTopic directory, ControlTopic caps) implements Serializable {}

    /**
     * @param alerts encoded; null: caps are left out
     * @param budgets what people have spent; null as the alerts
     * @param documents for Elasticsearch: cells, reports, ledger rows, dead letters, progress; null: none are wanted
     * @param undecodable dead letters, encoded, of values that are no record of their topic
     */
    public record Outputs(
            DataStream<Sheet.Update> cells,
            DataStream<LedgerRow> ledger,
            @Nullable DataStream<byte[]> alerts,
            @Nullable DataStream<KeyedValue> budgets,
            @Nullable DataStream<DocumentWrite> documents,
            DataStream<byte[]> undecodable) {}

    private SpendJob() {}

    /** Options: see {@link SpendOptions}, given as {@code --key value}. */
    public static void main(String[] args) throws Exception {
        Configuration options = ParameterTool.fromArgs(args).getConfiguration();
        StreamExecutionEnvironment env = StrictEnvironment.create();
        KafkaEdges kafka = new KafkaEdges(options.get(EdgeOptions.KAFKA), "sluice-spend");
        Outputs out = define(
                new Inputs(
                        kafka.source(env, Topic.USAGE),
                        kafka.source(env, Topic.COUNTERS),
                        kafka.source(env, Topic.ACTIVITY),
                        kafka.source(env, Topic.DEAD_LETTERS),
                        kafka.source(env, Topic.INTAKE),
                        kafka.source(env, Topic.DIRECTORY),
                        kafka.source(env, Topic.CAPS),
                        kafka.source(env, Topic.ALERTS)),
                new Controls(kafka.controlTopic(Topic.DIRECTORY), kafka.controlTopic(Topic.CAPS)),
                options);
        out.cells()
                .sinkTo(kafka.sink(Topic.SPEND_WINDOWS, new ResultRecords.Cells()))
                .name("spend-windows-sink")
                .uid("spend-windows-sink");
        out.ledger()
                .sinkTo(kafka.sink(Topic.LEDGER, new ResultRecords.Ledger()))
                .name("ledger-sink")
                .uid("ledger-sink");
        if (out.alerts() != null && out.budgets() != null) {
            out.alerts()
                    .sinkTo(kafka.sink(Topic.ALERTS, new ResultRecords.Alerts()))
                    .name("alerts-sink")
                    .uid("alerts-sink");
            out.budgets().sinkTo(kafka.sink(Topic.BUDGETS)).name("budgets-sink").uid("budgets-sink");
        }
        out.undecodable()
                .sinkTo(kafka.sink(Topic.DEAD_LETTERS, new ResultRecords.DeadLetters()))
                .name("dead-letters-sink")
                .uid("dead-letters-sink");
        if (out.documents() != null) {
            out.documents()
                    .sinkTo(ElasticsearchEdge.sink(options, kafka))
                    .name("elasticsearch-sink")
                    .uid("elasticsearch-sink");
        }
        env.execute("sluice-spend");
    }

    /**
     * The whole topology. Knows neither Kafka nor Elasticsearch.
     *
     * @param options see {@link SpendOptions}
     */
    public static Outputs define(Inputs in, Controls controls, Configuration options) {
        Duration openAfterEnd = options.get(SpendOptions.OPEN_AFTER_END);
        boolean documents = ElasticsearchEdge.isWanted(options);
        int filterBytes = SpendOptions.filterBytes(options);
        int cachedCells = options.get(SpendOptions.CACHED_CELLS);
        Duration delay = options.get(SpendOptions.DIRECTORY_DELAY);
        TypeInformation<Bundle> bundle = TypeInformation.of(Bundle.class);
        TypeInformation<Id> id = TypeInformation.of(Id.class);
        TypeInformation<DocumentWrite> document = TypeInformation.of(DocumentWrite.class);
        TypeInformation<Control> control = TypeInformation.of(Control.class);

        SingleOutputStreamOperator<Bundle> usage = in.usage()
                .transform("usage", bundle, new UsageOperator(openAfterEnd, documents))
                .uid("usage");
        SingleOutputStreamOperator<SessionInput> counters = in.counters()
                .process(new ReadCounters(openAfterEnd), TypeInformation.of(SessionInput.class))
                .name("read-counters")
                .uid("read-counters");
        SingleOutputStreamOperator<SessionInput> activity = in.activity()
                .process(new ReadActivity(openAfterEnd), TypeInformation.of(SessionInput.class))
                .name("read-activity")
                .uid("read-activity");
        SingleOutputStreamOperator<DocumentWrite> deadLetters = in.deadLetters()
                .process(new ReadDeadLetters(), document)
                .name("read-dead-letters")
                .uid("read-dead-letters");
        SingleOutputStreamOperator<LedgerChange> intake = in.intake()
                .process(new ReadIntake(), TypeInformation.of(LedgerChange.class))
                .name("read-intake")
                .uid("read-intake");

        SingleOutputStreamOperator<Bundle> sessions = usage.getSideOutput(Tags.SESSIONS)
                .keyBy(Bundle::key, id)
                .connect(counters.union(activity).keyBy(SessionInput::key, id))
                .transform("sessions", bundle, new SessionOperator(openAfterEnd, documents, filterBytes, cachedCells))
                .uid("sessions");

        SingleOutputStreamOperator<Bundle> clients = usage.getSideOutput(Tags.CLIENTS)
                .union(sessions.getSideOutput(Tags.CLIENTS))
                .keyBy(Bundle::key, id)
                .transform("client-aliases", bundle, new ClientAliasOperator(openAfterEnd, filterBytes))
                .uid("client-aliases");

        SingleOutputStreamOperator<Bundle> aliases = usage.getSideOutput(Tags.ALIASES)
                .union(sessions.getSideOutput(Tags.ALIASES), clients.getSideOutput(Tags.ALIASES))
                .keyBy(Bundle::key, id)
                .transform("aliases", bundle, new AliasOperator(openAfterEnd, filterBytes))
                .uid("aliases");

        SingleOutputStreamOperator<Bundle> requests = usage.union(sessions, clients, aliases)
                .keyBy(Bundle::key, id)
                .transform("requests", bundle, new RequestOperator(openAfterEnd, filterBytes))
                .uid("requests");

        SingleOutputStreamOperator<Control> directory = in.directory()
                .process(new ReadControl<>(Topic.DIRECTORY, DirectoryVersion.class), control)
                .name("read-directory")
                .uid("read-directory");
        SingleOutputStreamOperator<Control> caps = in.caps()
                .process(new ReadControl<>(Topic.CAPS, CapVersion.class), control)
                .name("read-caps")
                .uid("read-caps");
        SingleOutputStreamOperator<Control> told = in.alerts()
                .process(new ReadControl<>(Topic.ALERTS, Alert.class), control)
                .name("read-alerts")
                .uid("read-alerts");
        boolean withCaps = options.get(SpendOptions.CAPS);
        DataStream<Control> versions = (withCaps ? directory.union(caps, told) : directory).broadcast();

        SingleOutputStreamOperator<Sheet.Update> cells = requests.union(sessions.getSideOutput(Tags.CELLS))
                .keyBy(Bundle::key, id)
                .connect(versions)
                .transform(
                        "cube",
                        TypeInformation.of(Sheet.Update.class),
                        new CubeOperator(controls.directory(), openAfterEnd, delay, cachedCells, withCaps))
                .uid("cube");

        DataStream<byte[]> alerts = null;
        DataStream<KeyedValue> budgets = null;
        if (withCaps) {
            SingleOutputStreamOperator<byte[]> members = DataStreamUtils.reinterpretAsKeyedStream(
                            cells.getSideOutput(Tags.MEMBERS), CapInput::key, id)
                    .transform(
                            "caps",
                            PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO,
                            new MemberCapOperator(controls, openAfterEnd, delay, cachedCells))
                    .uid("caps");
            SingleOutputStreamOperator<byte[]> shared = members.getSideOutput(Tags.SHARES)
                    .keyBy(Bundle::key, id)
                    .connect(versions)
                    .transform(
                            "shared-caps",
                            PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO,
                            new SharedCapOperator(controls, openAfterEnd, delay))
                    .uid("shared-caps");
            alerts = members.union(shared);
            budgets = members.getSideOutput(Tags.BUDGETS).union(shared.getSideOutput(Tags.BUDGETS));
            DataStream<HookSign> hooks = activity.getSideOutput(Tags.HOOKS);
            alerts = alerts.union(hooks.keyBy(HookFunction::key)
                    .connect(hooks.filter(sign -> sign.kind() == HookSign.Kind.CALLED)
                            .name("hook-calls")
                            .uid("hook-calls")
                            .broadcast(HookFunction.IN_USE))
                    .process(new HookFunction(), PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO)
                    .name("hooks")
                    .uid("hooks"));
        }

        SingleOutputStreamOperator<LedgerRow> ledger = intake.union(
                        usage.getSideOutput(Tags.LEDGER),
                        counters.getSideOutput(Tags.LEDGER),
                        activity.getSideOutput(Tags.LEDGER),
                        deadLetters.getSideOutput(Tags.LEDGER),
                        sessions.getSideOutput(Tags.LEDGER),
                        requests.getSideOutput(Tags.LEDGER))
                .transform("ledger-bundler", TypeInformation.of(LedgerChange.class), new LedgerBundler())
                .uid("ledger-bundler")
                .keyBy(LedgerChange::scope)
                .process(new LedgerFunction(), TypeInformation.of(LedgerRow.class))
                .name("ledger")
                .uid("ledger");

        DataStream<byte[]> undecodable = usage.getSideOutput(Tags.UNDECODABLE)
                .union(
                        counters.getSideOutput(Tags.UNDECODABLE),
                        activity.getSideOutput(Tags.UNDECODABLE),
                        deadLetters.getSideOutput(Tags.UNDECODABLE),
                        intake.getSideOutput(Tags.UNDECODABLE),
                        directory.getSideOutput(Tags.UNDECODABLE),
                        caps.getSideOutput(Tags.UNDECODABLE),
                        told.getSideOutput(Tags.UNDECODABLE));
        if (!documents) {
            return new Outputs(cells, ledger, alerts, budgets, null, undecodable);
        }
        DataStream<DocumentWrite> reports = usage.getSideOutput(Tags.REPORTS)
                .flatMap(new ReportDocuments())
                .returns(document)
                .name("report-documents")
                .uid("report-documents");
        DataStream<DocumentWrite> cellDocuments =
                cells.map(Documents::cell, document).name("cell-documents").uid("cell-documents");
        DataStream<DocumentWrite> ledgerDocuments =
                ledger.map(Documents::ledger, document).name("ledger-documents").uid("ledger-documents");
        DataStream<DocumentWrite> progress = cellDocuments
                .union(ledgerDocuments)
                .filter(each -> false) // only the watermark goes on
                .name("watermark")
                .uid("watermark")
                .transform("progress", document, new ProgressOperator<>("spend"))
                .uid("progress")
                .setParallelism(1);
        DataStream<DocumentWrite> all = cellDocuments.union(
                ledgerDocuments, reports, sessions.getSideOutput(Tags.DOCUMENTS), deadLetters, progress);
        if (alerts != null) {
            all = all.union(alerts.map(Documents::alert, document)
                    .name("alert-documents")
                    .uid("alert-documents"));
        }
        return new Outputs(cells, ledger, alerts, budgets, all, undecodable);
    }
}
