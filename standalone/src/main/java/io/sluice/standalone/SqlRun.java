package io.sluice.standalone;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.sql.Bundle;
import io.sluice.sql.Shell;
import io.sluice.sql.SqlException;
import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;

/** What {@link SqlCommand} does. A class of its own, since what it needs is not on the class path of other commands. */
final class SqlRun {
    private SqlRun() {}

    /** @throws CommandException if there is no such query */
    static String query(String name) {
        try {
            return Bundle.query(name).sql();
        } catch (SqlException e) {
            throw new CommandException(String.valueOf(e.getMessage()), e);
        }
    }

    static void list(Common common) {
        Table table = new Table(Table.Column.text("query"), Table.Column.text("answers"));
        for (Bundle.Query query : Bundle.queries()) {
            if (common.json) {
                ObjectNode row = Api.JSON.createObjectNode();
                common.print(row.put("name", query.name())
                        .put("question", query.question())
                        .toString());
            } else {
                table.row(query.name(), query.question());
            }
        }
        if (!common.json) {
            common.print(table.render());
        }
    }

    /**
     * Runs statements.
     *
     * @param text null: what somebody types
     * @throws CommandException of the first one that cannot be run
     */
    static void run(String kafka, @Nullable String text, boolean json, PrintWriter out, PrintWriter err)
            throws Exception {
        try (Shell shell = new Shell(kafka, json, out, err)) {
            if (text == null) {
                shell.interact();
            } else {
                shell.run(text);
            }
        } catch (SqlException e) {
            throw new CommandException(String.valueOf(e.getMessage()), e);
        }
    }
}
