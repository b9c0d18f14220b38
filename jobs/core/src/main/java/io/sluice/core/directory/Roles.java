package io.sluice.core.directory;

import io.sluice.schema.DirectoryRole;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What a role may say. */
public final class Roles {
    public static final Set<String> PRODUCTS = Set.of("chat", "cowork", "code");
    public static final Set<String> SPEND_RIGHTS = Set.of("view_own", "request_increase", "view_all", "manage_limits");

    private static final int LONGEST_NAME = 200;
    private static final int LONGEST_DESCRIPTION = 2_000;
    private static final int LONGEST_ITEM = 200;
    private static final int MOST_ITEMS = 1_000;

    private Roles() {}

    /** @param message names the field, the shape of the value and what was expected */
    public record Problem(String field, String message) {}

    /**
     * All that is wrong with a role, in the order of its fields; empty: nothing.
     *
     * @param scopes the scopes that API tokens may have
     */
    public static List<Problem> problems(DirectoryRole role, Set<String> scopes) {
        List<Problem> problems = new ArrayList<>();
        name(problems, "name", role.getName(), LONGEST_NAME);
        if (role.getDescription().length() > LONGEST_DESCRIPTION) {
            problems.add(new Problem(
                    "description",
                    "description: " + shape(role.getDescription()) + " (expected: at most " + LONGEST_DESCRIPTION
                            + " characters)"));
        }
        names(problems, "products", role.getProducts(), withAll(PRODUCTS));
        names(problems, "tools", role.getTools(), null);
        names(problems, "mcp_servers", role.getMcpServers(), null);
        if (FileAccess.named(role.getFileAccess()).isEmpty()) {
            problems.add(new Problem(
                    "file_access",
                    "file_access: " + shape(role.getFileAccess()) + " (expected: one of none, read, write)"));
        }
        names(problems, "spend_rights", role.getSpendRights(), withAll(SPEND_RIGHTS));
        names(problems, "admin_scopes", role.getAdminScopes(), scopes);
        return List.copyOf(problems);
    }

    private static Set<String> withAll(Set<String> vocabulary) {
        Set<String> all = new TreeSet<>(vocabulary);
        all.add(EffectiveAccess.ALL);
        return all;
    }

    private static void name(List<Problem> problems, String field, String value, int longest) {
        if (value.isBlank() || value.length() > longest) {
            problems.add(new Problem(
                    field,
                    field + ": " + shape(value) + " (expected: 1 to " + longest + " characters, not only spaces)"));
        }
    }

    /** @param vocabulary null: open, any name */
    private static void names(
            List<Problem> problems, String field, List<String> values, @Nullable Collection<String> vocabulary) {
        if (values.size() > MOST_ITEMS) {
            problems.add(
                    new Problem(field, field + ": " + values.size() + " items (expected: at most " + MOST_ITEMS + ")"));
            return;
        }
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < values.size(); i++) {
            String value = values.get(i);
            String item = field + '[' + i + ']';
            if (vocabulary == null) {
                name(problems, item, value, LONGEST_ITEM);
            }
            if (vocabulary != null && !vocabulary.contains(value)) {
                problems.add(new Problem(
                        item,
                        item + ": " + shape(value) + " (expected: one of "
                                + String.join(", ", new TreeSet<>(vocabulary)) + ")"));
            } else if (!seen.add(value)) {
                problems.add(new Problem(item, item + ": the same as an earlier one (expected: each name once)"));
            }
        }
    }

    private static String shape(String value) {
        return "a text of " + value.length() + (value.length() == 1 ? " character" : " characters");
    }
}
