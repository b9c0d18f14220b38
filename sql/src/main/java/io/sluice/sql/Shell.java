package io.sluice.sql;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.table.api.TableResult;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;
import org.jline.reader.EOFError;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.Parser;
import org.jline.reader.UserInterruptException;
import org.jline.reader.impl.DefaultParser;
import org.jline.reader.impl.completer.StringsCompleter;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jspecify.annotations.Nullable;

/** Runs statements on a {@link Session}, from text or as somebody types them. */
public final class Shell implements AutoCloseable {
    private static final String HELP = """
            End a statement with ;
              SHOW TABLES;  SHOW VIEWS;  DESCRIBE requests;  SELECT …;  EXPLAIN SELECT …;
              LIST;                            the queries that come with Sluice
              QUERY 02-spend-by-user;          runs one of them; its number is enough
              SET 'execution.runtime-mode' = 'streaming';
                                               from now on queries go on until Ctrl-C; 'batch' ends that
              QUIT;                            so does Ctrl-D""";

    private static final List<String> KEYWORDS = List.of(
            "SELECT",
            "FROM",
            "WHERE",
            "GROUP BY",
            "ORDER BY",
            "LIMIT",
            "SHOW TABLES;",
            "SHOW VIEWS;",
            "DESCRIBE",
            "EXPLAIN",
            "SET",
            "RESET",
            "LIST;",
            "QUERY",
            "HELP;",
            "QUIT;");
    private static final long CANCEL_SECONDS = 30;

    private final Session session;
    private final Output output;
    private final PrintWriter err;
    private final AtomicReference<@Nullable JobClient> running = new AtomicReference<>();
    private final AtomicBoolean interrupted = new AtomicBoolean();
    private boolean quit;

    /**
     * @param kafka {@code host:port}
     * @param json lines of JSON instead of tables
     * @param out for answers
     * @param err for errors of what somebody types
     */
    public Shell(String kafka, boolean json, PrintWriter out, PrintWriter err) {
        this(new Session(kafka, Map.of()), json ? new Output.Json(out) : new Output.Text(out), err);
    }

    Shell(Session session, Output output, PrintWriter err) {
        this.session = session;
        this.output = output;
        this.err = err;
    }

    /** Ends what runs. */
    @Override
    public void close() throws Exception {
        session.close();
    }

    /**
     * Runs all statements of a text, one after the other.
     *
     * @throws SqlException of the first one that cannot be run; the ones after it are not
     */
    public void run(String text) {
        List<String> statements = Statements.split(text);
        if (statements.isEmpty()) {
            throw new SqlException("SQL: nothing in it (expected: one statement or more)");
        }
        for (String statement : statements) {
            run1(statement);
            if (quit) {
                return;
            }
        }
    }

    /** Runs what somebody types, until they are done. What cannot be run is said, and ends nothing. */
    public void interact() throws IOException {
        try (Terminal terminal = TerminalBuilder.builder().system(true).build()) {
            interact(terminal);
        }
    }

    void interact(Terminal terminal) {
        Terminal.SignalHandler before = terminal.handle(Terminal.Signal.INT, signal -> cancel());
        List<String> words = new ArrayList<>(KEYWORDS);
        words.addAll(Arrays.asList(session.tables().listTables()));
        Bundle.queries().forEach(query -> words.add(query.name()));
        LineReader reader = LineReaderBuilder.builder()
                .terminal(terminal)
                .appName("sluice")
                .parser(untilSemicolon())
                .completer(new StringsCompleter(words))
                .variable(LineReader.SECONDARY_PROMPT_PATTERN, "     > ")
                .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
                .build();
        output.text("Tables over the topics of Sluice, and views of what counts. HELP; says what there is.");
        while (!quit) {
            try {
                for (String statement : Statements.split(reader.readLine("sluice> "))) {
                    run1(statement);
                }
            } catch (UserInterruptException e) {
                // What was being typed is given up.
            } catch (EndOfFileException e) {
                break;
            } catch (SqlException e) {
                err.println(Cells.lines(String.valueOf(e.getMessage())));
                err.flush();
            }
        }
        terminal.handle(Terminal.Signal.INT, before);
    }

    private static Parser untilSemicolon() {
        DefaultParser words = new DefaultParser();
        words.setQuoteChars(new char[0]);
        words.setEscapeChars(new char[0]);
        return (line, cursor, context) -> {
            if (context == Parser.ParseContext.ACCEPT_LINE && !Statements.isComplete(line)) {
                throw new EOFError(-1, -1, "the statement has no ; at its end");
            }
            return words.parse(line, cursor, context);
        };
    }

    private void run1(String statement) {
        String plain = Statements.plain(statement);
        switch (plain.toUpperCase(Locale.ROOT)) {
            case "QUIT", "EXIT" -> quit = true;
            case "HELP" -> output.text(HELP);
            case "LIST" -> list();
            default -> {
                if (plain.toUpperCase(Locale.ROOT).startsWith("QUERY ")) {
                    run(Bundle.query(plain.substring("QUERY ".length()).strip()).sql());
                } else {
                    show(session.execute(statement));
                }
            }
        }
    }

    private void list() {
        Bundle.queries().forEach(query -> output.text(query.name() + "  " + query.question()));
    }

    private void show(Session.Answer answer) {
        if (answer instanceof Session.Answer.Text text) {
            output.text(text.text());
        } else if (answer instanceof Session.Answer.Rows rows) {
            show(rows.result(), rows.changes());
        }
    }

    private void show(TableResult result, boolean changes) {
        interrupted.set(false);
        running.set(result.getJobClient().orElse(null));
        try (CloseableIterator<Row> rows = result.collect()) {
            if (running.get() == null && result.getResolvedSchema().getColumnCount() == 1) {
                told(result, rows);
                return;
            }
            output.begin(result.getResolvedSchema(), changes);
            while (rows.hasNext()) {
                output.row(rows.next());
            }
            output.end();
        } catch (Exception e) {
            if (!interrupted.get()) {
                throw SqlException.of(e);
            }
            output.text("Cancelled.");
        } finally {
            running.set(null);
        }
    }

    /** What Flink itself answers in one column: a text in lines, such as a plan, or names. */
    private void told(TableResult result, CloseableIterator<Row> rows) {
        List<Row> all = new ArrayList<>();
        rows.forEachRemaining(all::add);
        if (all.size() == 1 && all.get(0).getField(0) instanceof String text && text.indexOf('\n') >= 0) {
            output.text(Cells.lines(text));
            return;
        }
        output.begin(result.getResolvedSchema(), false);
        all.forEach(output::row);
        output.end();
    }

    /** Ends the query that runs, if any. */
    private void cancel() {
        JobClient job = running.get();
        if (job == null) {
            return;
        }
        interrupted.set(true);
        try {
            job.cancel().get(CANCEL_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            // It has ended by itself, or its end will be seen where its rows are read.
        }
    }
}
