package io.sluice.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.schema.Codec;
import io.sluice.schema.Delivery;
import io.sluice.schema.Topic;
import io.sluice.testing.KafkaServer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificData;
import org.apache.flink.table.catalog.Column;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jline.terminal.Terminal;
import org.jline.terminal.impl.DumbTerminal;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The bundled tables, views and queries on the records of {@link Input}, and the shell on them. */
class SqlITCase {
    private static final Path EXPECTED = Path.of("src/test/resources/io/sluice/sql/expected");
    private static final Path GOLDEN = Path.of("../schemas/src/test/resources/golden");
    private static final Map<String, String> SMALL = Map.of("parallelism.default", "1");

    @SuppressWarnings("NullAway.Init")
    private static KafkaServer kafka;

    @SuppressWarnings("NullAway.Init")
    private static Session session;

    @BeforeAll
    static void start() throws Exception {
        kafka = KafkaServer.start();
        Input.createTopics(kafka.bootstrapServers());
        Input.send(kafka.bootstrapServers());
        session = new Session(kafka.bootstrapServers(), SMALL);
    }

    @AfterAll
    static void stop() throws Exception {
        session.close();
        kafka.close();
    }

    static List<String> queries() {
        return Bundle.queries().stream().map(Bundle.Query::name).toList();
    }

    /** When this fails, target/expected has what it answers now. */
    @ParameterizedTest
    @MethodSource("queries")
    void queryAnswersItsQuestion(String name) throws Exception {
        String answer = String.join("\n", table(Bundle.query(name).sql())) + "\n";

        Files.writeString(Files.createDirectories(Path.of("target/expected")).resolve(name + ".tsv"), answer);
        Path expected = EXPECTED.resolve(name + ".tsv");
        assertThat(expected).exists();
        assertThat(answer).isEqualTo(Files.readString(expected));
    }

    private static CloseableIterator<Row> run(Session where, String sql) {
        return ((Session.Answer.Rows) where.execute(sql)).result().collect();
    }

    private static String line(Row row) {
        return Stream.iterate(0, i -> i < row.getArity(), i -> i + 1)
                .map(i -> Cells.text(row.getField(i)))
                .collect(Collectors.joining("\t"));
    }

    /** One line for each row, with tabs. */
    private static List<String> rows(String sql) throws Exception {
        List<String> rows = new ArrayList<>();
        try (CloseableIterator<Row> found = run(session, sql)) {
            found.forEachRemaining(row -> rows.add(line(row)));
        }
        return rows;
    }

    /** The titles before it. */
    private static List<String> table(String sql) throws Exception {
        List<String> statements = Statements.split(sql);
        assertThat(statements).hasSize(1);
        Session.Answer.Rows answer = (Session.Answer.Rows) session.execute(statements.get(0));
        List<String> rows = new ArrayList<>();
        rows.add(String.join("\t", answer.result().getResolvedSchema().getColumnNames()));
        try (CloseableIterator<Row> found = answer.result().collect()) {
            found.forEachRemaining(row -> rows.add(line(row)));
        }
        return rows;
    }

    @Test
    void everyQueryOfTheFolderIsListedAndHasAnAnswer() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("src/main/resources/io/sluice/sql/queries"))) {
            assertThat(files.map(file -> file.getFileName().toString().replace(".sql", "")))
                    .containsExactlyInAnyOrderElementsOf(queries());
        }
        try (Stream<Path> files = Files.list(EXPECTED)) {
            assertThat(files.map(file -> file.getFileName().toString().replace(".tsv", "")))
                    .containsExactlyInAnyOrderElementsOf(queries());
        }
        assertThat(Bundle.queries())
                .allSatisfy(query -> assertThat(query.question()).endsWith("?"));
    }

    private static String tableOf(Topic topic) {
        return topic.topicName().replace('-', '_');
    }

    /** What is in no column on purpose. */
    private static Set<String> leftOut(Topic topic) {
        return topic == Topic.TOKENS ? Set.of("sha256") : Set.of();
    }

    /** Planning compares every column with the record, see the format. */
    @ParameterizedTest
    @EnumSource(Topic.class)
    void everyTopicHasATableWithAllFieldsOfItsRecord(Topic topic) throws Exception {
        String table = tableOf(topic);
        assertThat(rows("EXPLAIN SELECT * FROM `" + table + "`")).hasSize(1);

        List<String> physical = session.tables().from("`" + table + "`").getResolvedSchema().getColumns().stream()
                .filter(Column::isPhysical)
                .map(Column::getName)
                .filter(column -> !column.equals("kafka_key"))
                .toList();
        String created = rows("SHOW CREATE TABLE `" + table + "`").get(0);
        String record = created.replaceAll("(?s).*'avro-single-object.record' = '(\\w+)'.*", "$1");
        Class<?> type = Class.forName("io.sluice.schema." + record);
        List<String> fields = SpecificData.getForClass(type).getSchema(type).getFields().stream()
                .map(Schema.Field::name)
                .filter(field -> !leftOut(topic).contains(field))
                .toList();
        assertThat(physical).containsExactlyInAnyOrderElementsOf(fields);
        assertThat(created).contains("'topic' = '" + topic.topicName() + "'");
    }

    @Test
    void viewsOfRowsHaveTheNewestVersions() throws Exception {
        assertThat(rows("SELECT `user`, tool, SUM(accepted_config) FROM code_metric_rows GROUP BY `user`, tool"))
                .containsExactly("alice@example.com\tEdit\t2");
        assertThat(rows("SELECT `period`, `users` FROM active_people")).containsExactly("day\t4");
        assertThat(rows("SELECT report, cost_micros FROM reported_rows")).containsExactly("cost\t400000");
    }

    @Test
    void everyTopicCanBeRead() throws Exception {
        String counts = Arrays.stream(Topic.values())
                .map(topic -> "SELECT '" + topic + "', COUNT(*) > 0 FROM `" + tableOf(topic) + "`")
                .collect(Collectors.joining(" UNION ALL "));

        assertThat(rows(counts))
                .containsExactlyInAnyOrderElementsOf(Arrays.stream(Topic.values())
                        .map(topic -> topic + "\ttrue")
                        .toList());
    }

    @Test
    void deletedMessagesAreNotShown() throws Exception {
        assertThat(rows("SELECT message_id, text FROM messages WHERE `user` = 'erin@example.com'"))
                .containsExactly("m-1\tfirst, corrected");
        assertThat(rows("SELECT kafka_key FROM content WHERE org_id IS NULL")).containsExactly("acme|session-erin|m-2");
    }

    @Test
    void documentsAreAsTheyAreNow() throws Exception {
        assertThat(rows("SELECT id, version, `user`.display_name FROM directory_now"))
                .containsExactly("usr_erin\t2\tErin");
        assertThat(rows("SELECT id, cap.amount_micros, cap.thresholds FROM caps_now"))
                .containsExactly("user|usr_erin|monthly\t1000000\t[50,75,100]");
        assertThat(rows("SELECT subject, `month`, day_micros FROM month_spend"))
                .containsExactly("erin@example.com\t202611\t[0,530000]");
    }

    @Test
    void spendIsThatOfTheBestCopies() throws Exception {
        assertThat(rows("SELECT request, spend_micros, priced, source FROM requests WHERE `user` = 'erin@example.com'"))
                .containsExactlyInAnyOrder(
                        "req_erin_1\t300001\ttrue\totlp-logs",
                        "client-erin-2\t200000\ttrue\totlp-logs",
                        "msg_erin_3\t0\tfalse\tsession-file");
        assertThat(rows("SELECT output_tokens FROM requests WHERE request = 'req_m-978434_1'"))
                .containsExactly("322");
    }

    private static void create(String topic, byte[]... values) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()));
                KafkaProducer<byte[], byte[]> producer = Input.producer(kafka.bootstrapServers())) {
            admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1))).all().get();
            for (byte[] value : values) {
                producer.send(new ProducerRecord<>(topic, value)).get();
            }
        }
    }

    private static String createTable(String name, String topic, String columns, String options) {
        return "CREATE TABLE " + name + " (" + columns + ") WITH ('connector' = 'kafka', 'topic' = '" + topic
                + "', 'properties.bootstrap.servers' = '" + kafka.bootstrapServers()
                + "', 'scan.startup.mode' = 'earliest-offset', 'scan.bounded.mode' = 'latest-offset',"
                + " 'format' = 'avro-single-object'" + options + ")";
    }

    @Test
    void oldBytesAreReadAndDamagedOnesAreAnErrorOrPassedOver() throws Exception {
        create(
                "old-cells",
                Files.readAllBytes(GOLDEN.resolve("SpendCell-1.bin")),
                "no record".getBytes(StandardCharsets.UTF_8),
                Files.readAllBytes(GOLDEN.resolve("SpendCell.bin")));
        String columns = "team_source STRING, version BIGINT, starting_at TIMESTAMP_LTZ(6)";
        String record = ", 'avro-single-object.record' = 'SpendCell'";
        session.execute(createTable("strict_cells", "old-cells", columns, record));
        session.execute(createTable(
                "whole_cells", "old-cells", columns, record + ", 'avro-single-object.ignore-parse-errors' = 'true'"));

        assertThat(rows("SELECT * FROM whole_cells"))
                .containsExactlyInAnyOrder("telemetry\t7\t2026-11-23T18:00:00Z", "directory\t7\t2026-11-23T18:00:00Z");
        assertThatThrownBy(() -> rows("SELECT * FROM strict_cells"))
                .satisfies(failure -> assertThat(SqlException.of(failure))
                        .hasMessageContaining("table strict_cells, topic old-cells, format avro-single-object: value:"
                                + " 9 bytes, no record (expected: C3 01 and a record)"));
        session.execute("DROP TABLE strict_cells");
        session.execute("DROP TABLE whole_cells");
    }

    @Test
    void whatDoesNotFitTheRecordIsAnErrorOfTheQuery() {
        session.execute(createTable(
                "wrong_cells", "spend-windows", "teem STRING", ", 'avro-single-object.record' = 'SpendCell'"));
        assertThatThrownBy(() -> session.execute("SELECT * FROM wrong_cells"))
                .isInstanceOf(SqlException.class)
                .hasMessageContaining("column teem: not in SpendCell (expected: org_id, ");
        session.execute("DROP TABLE wrong_cells");

        session.execute(
                createTable("no_cells", "spend-windows", "team STRING", ", 'avro-single-object.record' = 'x.Y'"));
        assertThatThrownBy(() -> session.execute("SELECT * FROM no_cells"))
                .hasMessageContaining("avro-single-object.record: x.Y (expected: a record of the topics");
        session.execute("DROP TABLE no_cells");
    }

    @Test
    void aQueryGoesOnIfItIsTo() throws Exception {
        try (Session goingOn = new Session(kafka.bootstrapServers(), SMALL)) {
            goingOn.execute("CREATE VIEW newest AS SELECT MAX(version) AS version FROM deliveries");
            goingOn.execute("SET 'execution.runtime-mode' = 'streaming'");
            Session.Answer.Rows answer = (Session.Answer.Rows) goingOn.execute("SELECT version FROM newest");
            assertThat(answer.changes()).isTrue();
            try (CloseableIterator<Row> rows = answer.result().collect()) {
                Row first = rows.next();
                assertThat(first.getKind().shortString()).isEqualTo("+I");
                long version = (long) first.getFieldAs(0);
                Delivery next = Delivery.newBuilder()
                        .setOrgId("acme")
                        .setDestination("billing-webhook")
                        .setSubject("premium")
                        .setVersion(version + 1)
                        .setDeliveredAt(1)
                        .build();
                try (KafkaProducer<byte[], byte[]> producer = Input.producer(kafka.bootstrapServers())) {
                    producer.send(new ProducerRecord<>(Topic.DELIVERIES.topicName(), new byte[1], Codec.encode(next)))
                            .get();
                }
                Row row = rows.next();
                while ((long) row.getFieldAs(0) == version) {
                    row = rows.next();
                }
                assertThat(line(row)).isEqualTo(Long.toString(version + 1));
                assertThat(row.getKind().shortString()).isEqualTo("+U");
            }
            goingOn.execute("RESET 'execution.runtime-mode'");
            assertThat(goingOn.streaming()).isFalse();
            try (CloseableIterator<Row> rows = run(goingOn, "SELECT version FROM newest")) {
                rows.next();
                assertThat(rows.hasNext()).isFalse();
            }
        }
    }

    /** The last one as a query that ends. */
    @Test
    void examplesOfTheReadmeRun() throws Exception {
        List<String> answers = new ArrayList<>();
        for (String block : Files.readString(Path.of("README.md")).split("```")) {
            if (block.startsWith("sql\n")) {
                String sql = block.substring("sql".length());
                for (String statement : Statements.split(sql)) {
                    if (!Statements.plain(statement).startsWith("SET ")) {
                        answers.add(String.join("\n", rows(statement)));
                    }
                }
            }
        }
        assertThat(answers).hasSize(3);
        assertThat(answers.get(0)).endsWith("\t4\t161400");
        assertThat(answers.get(1)).contains("bob@example.com\tcurl -s https://paste.example.com/upload");
        assertThat(answers.get(2)).contains("alice@example.com\t161400");
    }

    @Test
    void settingsAreChecked() {
        assertThatThrownBy(() -> session.execute("SET 'execution.runtime-mode' = 'fast'"))
                .hasMessage("execution.runtime-mode: fast (expected: batch, streaming)");
        assertThat(session.streaming()).isFalse();
        assertThat(((Session.Answer.Text) session.execute("SET")).text())
                .contains("'execution.runtime-mode' = 'batch'")
                .contains("'table.local-time-zone' = 'UTC'");
    }

    @Test
    void errorsAreShort() {
        assertThatThrownBy(() -> session.execute("SELEC 1"))
                .hasMessage("SQL parse failed. Non-query expression encountered in illegal context");
        assertThatThrownBy(() -> session.execute("SELECT nothing FROM requests"))
                .hasMessage(
                        "SQL validation failed. From line 1, column 8 to line 1, column 14: Column 'nothing' not found"
                                + " in any table");
    }

    private static String shell(boolean json, String sql) {
        StringWriter out = new StringWriter();
        PrintWriter print = new PrintWriter(out);
        new Shell(session, json ? new Output.Json(print) : new Output.Text(print), print).run(sql);
        return out.toString().replace(System.lineSeparator(), "\n");
    }

    @Test
    void answersAreTablesOrLinesOfJson() {
        String sql = "SELECT `user` AS who, spend_micros, CAST(NULL AS INT) AS n, CAST(1.50 AS DECIMAL(5, 2)) AS d,"
                + " starting_at FROM ledger_spend WHERE `user` = 'frank@example.com'; -- and nothing more";
        assertThat(shell(false, sql)).isEqualTo("""
                who                spend_micros     n     d  starting_at
                -----------------  ------------  ----  ----  --------------------
                frank@example.com         42000  NULL  1.50  2026-10-31T23:00:00Z
                1 row
                """);
        assertThat(shell(true, sql)).isEqualTo("""
                {"who":"frank@example.com","spend_micros":42000,"n":null,"d":1.50,"starting_at":"2026-10-31T23:00:00Z"}
                """);
        assertThat(shell(false, "SHOW VIEWS; EXPLAIN SELECT 1;"))
                .contains("ledger_spend\n")
                .contains(" rows\n== Abstract Syntax Tree ==\n");
        assertThatThrownBy(() -> shell(false, " -- nothing\n;"))
                .isInstanceOf(SqlException.class)
                .hasMessage("SQL: nothing in it (expected: one statement or more)");
    }

    @Test
    void somebodyTypes() throws Exception {
        String typed = "LIST;\nQUERY 22;\nSELECT\n'a;b' AS x;\nSELEC;\nSELECT 2 AS y;QUIT;\nSELECT 3 AS z;\n";
        ByteArrayOutputStream screen = new ByteArrayOutputStream();
        StringWriter out = new StringWriter();
        PrintWriter print = new PrintWriter(out);
        try (Terminal terminal =
                new DumbTerminal(new ByteArrayInputStream(typed.getBytes(StandardCharsets.UTF_8)), screen)) {
            new Shell(session, new Output.Text(print), print).interact(terminal);
        }
        assertThat(out.toString().replace(System.lineSeparator(), "\n"))
                .contains("02-spend-by-user  Who spends most, and how is spend spread over users?\n")
                .contains("\nacme    grp_1             daily   ")
                .contains("\nx\n---\na;b\n1 row\n")
                .contains("Non-query expression encountered in illegal context\n")
                .endsWith("\ny\n-\n2\n1 row\n");
        assertThat(screen.toString(StandardCharsets.UTF_8).toLowerCase(Locale.ROOT))
                .contains("sluice> ");
    }
}
