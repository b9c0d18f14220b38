package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A search of messages as it is asked for: text, filters, order. Has a canonical form in JSON, in which it is saved, told to the
 * audit, and bound to its pages. Pure.
 *
 * @param q null: every text
 * @param text of {@code q}
 * @param lists by filter; none is empty
 * @param from occurred at or after; null: no bound
 * @param to occurred before
 * @param groupAt when people have to be in the groups; null: now
 */
record SearchBody(
        @Nullable String q,
        @Nullable SearchText text,
        Map<SearchFilter, List<String>> lists,
        @Nullable Instant from,
        @Nullable Instant to,
        @Nullable Instant groupAt,
        @Nullable Boolean flagged,
        @Nullable Boolean hasFiles,
        Sort sort) {

    private static final String Q = "q";
    private static final String CREATED_AT = "created_at";
    private static final String GTE = "gte";
    private static final String LT = "lt";
    private static final String GROUP_AT = "group_at";
    private static final String FLAGGED = "flagged";
    private static final String HAS_FILES = "has_files";
    private static final String SORT = "sort";

    /** Names of the members in JSON. */
    static final Set<String> MEMBERS;

    /** Names of the parameters of a query, which say the same. */
    static final Set<String> PARAMETERS;

    static {
        Set<String> members = new TreeSet<>(Set.of(Q, GROUP_AT, FLAGGED, HAS_FILES, SORT));
        SearchFilter.all().forEach(filter -> members.add(filter.parameter()));
        Set<String> parameters = new TreeSet<>(members);
        parameters.addAll(Set.of(CREATED_AT + '.' + GTE, CREATED_AT + '.' + LT));
        members.add(CREATED_AT);
        MEMBERS = Set.copyOf(members);
        PARAMETERS = Set.copyOf(parameters);
    }

    /** In which order messages are found. */
    enum Sort {
        RELEVANCE,
        NEWEST,
        OLDEST;

        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    SearchBody {
        lists = Map.copyOf(lists);
    }

    /** @throws Refusal INVALID, naming the member and what was expected */
    static SearchBody parse(JsonNode json) {
        JsonFields fields = new JsonFields(json, MEMBERS);
        Map<SearchFilter, List<String>> lists = new EnumMap<>(SearchFilter.class);
        for (SearchFilter filter : SearchFilter.all()) {
            if (fields.has(filter.parameter())) {
                lists.put(filter, values(filter.parameter(), json.path(filter.parameter())));
            }
        }
        String q = fields.has(Q) ? text(Q, json.path(Q)) : null;
        Instant from = null;
        Instant to = null;
        if (fields.has(CREATED_AT)) {
            JsonNode range = json.path(CREATED_AT);
            JsonFields bounds = new JsonFields(range, Set.of(GTE, LT));
            from = bounds.has(GTE) ? time(CREATED_AT + '.' + GTE, range.path(GTE)) : null;
            to = bounds.has(LT) ? time(CREATED_AT + '.' + LT, range.path(LT)) : null;
            if (from != null && to != null && !from.isBefore(to)) {
                throw Refusal.invalid(CREATED_AT + '.' + LT, to.toString(), "later than created_at.gte " + from);
            }
        }
        Instant groupAt = fields.has(GROUP_AT) ? time(GROUP_AT, json.path(GROUP_AT)) : null;
        if (groupAt != null && !lists.containsKey(SearchFilter.GROUP)) {
            throw new Refusal(
                    Refusal.Kind.INVALID, GROUP_AT, GROUP_AT + ": given without group (expected: together with it)");
        }
        SearchText text = q == null ? null : SearchText.parse(q);
        return new SearchBody(
                q,
                text,
                lists,
                from,
                to,
                groupAt,
                fields.has(FLAGGED) ? (Boolean) fields.flag(FLAGGED) : null,
                fields.has(HAS_FILES) ? (Boolean) fields.flag(HAS_FILES) : null,
                fields.has(SORT)
                        ? sort(text(SORT, json.path(SORT)), text)
                        : text == null ? Sort.NEWEST : Sort.RELEVANCE);
    }

    /** The same from the parameters of a query; others are passed over. */
    static SearchBody of(Parameters parameters) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        for (SearchFilter filter : SearchFilter.all()) {
            List<String> values = parameters.all(filter.parameter());
            if (!values.isEmpty()) {
                values.forEach(json.withArray(filter.parameter())::add);
            }
        }
        for (String name : List.of(Q, GROUP_AT, SORT)) {
            String value = parameters.single(name);
            if (value != null) {
                json.put(name, value);
            }
        }
        for (String name : List.of(FLAGGED, HAS_FILES)) {
            String given = parameters.single(name);
            if (given != null) {
                json.put(name, parameters.flag(name));
            }
        }
        for (String bound : List.of(GTE, LT)) {
            String value = parameters.single(CREATED_AT + '.' + bound);
            if (value != null) {
                json.withObject("/" + CREATED_AT).put(bound, value);
            }
        }
        return parse(json);
    }

    /** Canonical: members in one order, values sorted, times in UTC. */
    ObjectNode toJson() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        if (q != null) {
            json.put(Q, q);
        }
        for (SearchFilter filter : SearchFilter.all()) {
            List<String> values = lists.get(filter);
            if (values != null) {
                values.forEach(json.putArray(filter.parameter())::add);
            }
        }
        if (from != null || to != null) {
            ObjectNode range = json.putObject(CREATED_AT);
            if (from != null) {
                range.put(GTE, from.toString());
            }
            if (to != null) {
                range.put(LT, to.toString());
            }
        }
        if (groupAt != null) {
            json.put(GROUP_AT, groupAt.toString());
        }
        if (flagged != null) {
            json.put(FLAGGED, flagged);
        }
        if (hasFiles != null) {
            json.put(HAS_FILES, hasFiles);
        }
        return json.put(SORT, sort.text());
    }

    private static List<String> values(String name, JsonNode given) {
        if (given.isTextual()) {
            return List.of(text(name, given));
        }
        if (!given.isArray() || given.isEmpty()) {
            throw new Refusal(
                    Refusal.Kind.INVALID,
                    name,
                    name + (given.isArray() ? ": an empty list" : ": no list")
                            + " (expected: a text, or a list of 1 to " + SearchFilter.MOST_VALUES
                            + "; leave it out for all)");
        }
        if (given.size() > SearchFilter.MOST_VALUES) {
            throw new Refusal(
                    Refusal.Kind.INVALID,
                    name,
                    name + ": " + given.size() + " values (expected: at most " + SearchFilter.MOST_VALUES + ")");
        }
        Set<String> values = new TreeSet<>();
        given.forEach(value -> values.add(text(name, value)));
        return new ArrayList<>(values);
    }

    private static String text(String name, JsonNode value) {
        int longest = name.equals(Q) ? Integer.MAX_VALUE : SearchFilter.LONGEST_VALUE;
        if (!value.isTextual() || value.asText().isBlank() || value.asText().length() > longest) {
            throw new Refusal(
                    Refusal.Kind.INVALID,
                    name,
                    name + ": " + (value.isTextual() ? value.asText().length() + " characters" : "no text")
                            + " (expected: a text"
                            + (name.equals(Q) ? " that is not blank" : ", 1 to " + longest + " characters") + ")");
        }
        return value.asText();
    }

    private static Instant time(String name, JsonNode value) {
        return Parameters.time(name, text(name, value));
    }

    private static Sort sort(String given, @Nullable SearchText text) {
        for (Sort sort : Sort.values()) {
            if (sort.text().equals(given) && (sort != Sort.RELEVANCE || text != null)) {
                return sort;
            }
        }
        throw Refusal.invalid(SORT, given, (text == null ? "" : "relevance, ") + "newest or oldest");
    }
}
