package io.sluice.standalone;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Rows of text in aligned columns. */
final class Table {
    private static final String GAP = "  ";

    private final List<Column> columns;
    private final List<List<String>> rows = new ArrayList<>();

    /** @param right whether it is aligned to the right, as numbers are */
    record Column(String title, boolean right) {
        static Column text(String title) {
            return new Column(title, false);
        }

        static Column number(String title) {
            return new Column(title, true);
        }
    }

    Table(Column... columns) {
        this(Arrays.asList(columns));
    }

    Table(List<Column> columns) {
        this.columns = List.copyOf(columns);
    }

    /** @throws IllegalArgumentException if there are more or fewer cells than columns */
    Table row(List<String> cells) {
        if (cells.size() != columns.size()) {
            throw new IllegalArgumentException("cells: " + cells.size() + " (expected: " + columns.size() + ")");
        }
        rows.add(cells.stream().map(Table::printable).toList());
        return this;
    }

    Table row(String... cells) {
        return row(Arrays.asList(cells));
    }

    /** Names come from telemetry, and must not command the terminal. */
    static String printable(String cell) {
        return cell.replaceAll("[\\p{Cntrl}\\p{Cf}\\p{Cs}]", "?");
    }

    static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    /** Lines, each ended; no line has blanks at its end. */
    String render() {
        List<String> titles = columns.stream().map(Column::title).toList();
        int[] widths = new int[columns.size()];
        for (int i = 0; i < widths.length; i++) {
            widths[i] = width(titles.get(i));
            for (List<String> row : rows) {
                widths[i] = Math.max(widths[i], width(row.get(i)));
            }
        }
        StringBuilder text = new StringBuilder();
        append(text, titles, widths);
        append(text, Arrays.stream(widths).mapToObj("-"::repeat).toList(), widths);
        rows.forEach(row -> append(text, row, widths));
        return text.toString();
    }

    private void append(StringBuilder text, List<String> cells, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            String padding = " ".repeat(widths[i] - width(cells.get(i)));
            line.append(i == 0 ? "" : GAP);
            if (columns.get(i).right()) {
                line.append(padding).append(cells.get(i));
            } else {
                line.append(cells.get(i)).append(padding);
            }
        }
        text.append(line.toString().stripTrailing()).append(System.lineSeparator());
    }

    private static int width(String cell) {
        return cell.codePointCount(0, cell.length());
    }
}
