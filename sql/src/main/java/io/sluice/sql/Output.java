package io.sluice.sql;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.table.catalog.Column;
import org.apache.flink.table.catalog.ResolvedSchema;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.apache.flink.types.Row;

/** Where answers go: a table for people, or lines of JSON for programs. */
abstract class Output {
    final PrintWriter out;

    Output(PrintWriter out) {
        this.out = out;
    }

    /** @param changes whether each row says how it changes the result */
    abstract void begin(ResolvedSchema columns, boolean changes);

    abstract void row(Row row);

    abstract void end();

    abstract void text(String text);

    /** Each row an object; {@code op} is among it if rows may take back earlier ones. Nothing else is said. */
    static final class Json extends Output {
        private List<String> names = List.of();
        private boolean changes;

        Json(PrintWriter out) {
            super(out);
        }

        @Override
        void begin(ResolvedSchema columns, boolean withChanges) {
            names = columns.getColumnNames();
            changes = withChanges;
        }

        @Override
        void row(Row row) {
            ObjectNode object = JsonNodeFactory.instance.objectNode();
            if (changes) {
                object.put("op", row.getKind().shortString());
            }
            for (int i = 0; i < names.size(); i++) {
                object.set(names.get(i), Cells.json(row.getField(i)));
            }
            out.println(object);
            out.flush();
        }

        @Override
        void end() {}

        @Override
        void text(String text) {}
    }

    /** Aligned columns. The first rows are waited for, to learn how wide columns are; not where a query goes on. */
    static final class Text extends Output {
        private static final String GAP = "  ";
        private static final int LEARNED_FROM = 1_000;

        private final List<List<String>> waiting = new ArrayList<>();
        private List<String> titles = List.of();
        private boolean[] right = {};
        private int[] widths = {};
        private boolean changes;
        private boolean begun;
        private long rows;

        Text(PrintWriter out) {
            super(out);
        }

        @Override
        void begin(ResolvedSchema columns, boolean withChanges) {
            changes = withChanges;
            titles = new ArrayList<>();
            if (changes) {
                titles.add("op");
            }
            titles.addAll(columns.getColumnNames());
            right = new boolean[titles.size()];
            for (int i = 0; i < columns.getColumnCount(); i++) {
                Column column = columns.getColumns().get(i);
                right[i + (changes ? 1 : 0)] =
                        column.getDataType().getLogicalType().is(LogicalTypeFamily.NUMERIC);
            }
            widths = new int[titles.size()];
            widen(titles);
            waiting.clear();
            begun = false;
            rows = 0;
            if (changes) {
                flush();
            }
        }

        @Override
        void row(Row row) {
            rows++;
            List<String> cells = new ArrayList<>(titles.size());
            if (changes) {
                cells.add(row.getKind().shortString());
            }
            for (int i = 0; i < row.getArity(); i++) {
                cells.add(Cells.text(row.getField(i)));
            }
            widen(cells);
            waiting.add(cells);
            if (changes || begun || waiting.size() >= LEARNED_FROM) {
                flush();
            }
        }

        @Override
        void end() {
            flush();
            out.println(rows == 1 ? "1 row" : rows + " rows");
            out.flush();
        }

        @Override
        void text(String text) {
            out.println(text);
            out.flush();
        }

        private void flush() {
            if (!begun) {
                begun = true;
                line(titles);
                List<String> rules = new ArrayList<>();
                for (int width : widths) {
                    rules.add("-".repeat(width));
                }
                line(rules);
            }
            waiting.forEach(this::line);
            waiting.clear();
            out.flush();
        }

        private void widen(List<String> cells) {
            for (int i = 0; i < cells.size(); i++) {
                widths[i] = Math.max(widths[i], width(cells.get(i)));
            }
        }

        private static int width(String cell) {
            return cell.codePointCount(0, cell.length());
        }

        private void line(List<String> cells) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < cells.size(); i++) {
                String padding = " ".repeat(widths[i] - width(cells.get(i)));
                line.append(i == 0 ? "" : GAP);
                line.append(right[i] ? padding + cells.get(i) : cells.get(i) + padding);
            }
            out.println(line.toString().stripTrailing());
        }
    }
}
