package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.core.directory.Directory;
import io.sluice.core.directory.Document;
import io.sluice.schema.DirectoryGroup;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Figures of people as figures of the directory's groups that they are in now. Whoever is in several counts in each, so
 * groups do not add up to the total; whoever is in none counts in a group of its own.
 */
final class AnalyticsByGroup {
    private static final String METRICS = "claude_code_metrics";
    private static final String LAST = "last_activity_date";

    /** After all ids. */
    private static final String NONE = "\uffff";

    private final SortedMap<String, ObjectNode> rows = new TreeMap<>();
    private final Map<String, Set<String>> people = new HashMap<>();

    /**
     * @param labels names of people
     * @param users their rows, in the same order
     */
    AnalyticsByGroup(Directory directory, List<String> labels, List<ObjectNode> users) {
        for (int i = 0; i < labels.size(); i++) {
            String label = labels.get(i);
            Optional<String> id = directory.userByLabel(label).map(Document::id);
            List<Document<DirectoryGroup>> groups = id.map(directory::groupsOf).orElse(List.of());
            // Two labels of one person are one person.
            String person = id.orElse(label);
            for (Document<DirectoryGroup> group : groups) {
                add(group.id(), group.content().getDisplayName(), person, users.get(i));
            }
            if (groups.isEmpty()) {
                add(null, null, person, users.get(i));
            }
        }
    }

    private void add(@Nullable String groupId, @Nullable String name, String person, ObjectNode user) {
        String key = groupId == null ? NONE : groupId;
        Set<String> seen = people.computeIfAbsent(key, absent -> new HashSet<>());
        seen.add(person);
        ObjectNode row = rows.get(key);
        if (row == null) {
            row = user.deepCopy();
            row.putNull("user");
            row.put("rbac_group_id", groupId).put("rbac_group_name", name);
            rows.put(key, row);
        } else {
            row.set(METRICS, sum(row.path(METRICS), user.path(METRICS)));
            if (user.path(LAST).asText("").compareTo(row.path(LAST).asText("")) > 0) {
                row.set(LAST, user.get(LAST));
            }
        }
        row.put("distinct_user_count", seen.size());
    }

    /** Of two trees of the same shape. */
    private static JsonNode sum(JsonNode a, JsonNode b) {
        if (!a.isObject()) {
            return JsonNodeFactory.instance.numberNode(a.asLong() + b.asLong());
        }
        ObjectNode sum = JsonNodeFactory.instance.objectNode();
        a.properties().forEach(field -> sum.set(field.getKey(), sum(field.getValue(), b.path(field.getKey()))));
        return sum;
    }

    /** By id; who is in no group comes last. */
    List<ObjectNode> after(@Nullable String groupId) {
        return List.copyOf((groupId == null ? rows : rows.tailMap(groupId + '\0')).values());
    }
}
