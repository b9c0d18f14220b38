package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.core.privacy.PrivacyMode;
import io.sluice.core.spend.Users;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An aggregation that a dashboard asks for: what is asked of Elasticsearch for it, and how its answer is told. Both are
 * written anew, so neither an unknown setting goes in nor a name comes out.
 */
sealed interface DashboardAggregation {
    /** Null: it is computed from the others. */
    @Nullable
    ObjectNode request();

    /**
     * @param from what Elasticsearch answered to {@link #request}
     * @param bucket the bucket around it
     */
    @Nullable
    ObjectNode answer(JsonNode from, JsonNode bucket);

    /** Sums and the like: one number, by which buckets can be put in order. */
    record Value(String type, DashboardField field, ObjectNode request) implements DashboardAggregation {
        private static final Set<String> TYPES = Set.of("sum", "min", "max", "avg", "cardinality", "value_count");
        private static final Set<String> COUNTING = Set.of("cardinality", "value_count");
        private static final String OF = "of";

        static Value of(String type, DashboardField field) {
            ObjectNode request = JsonNodeFactory.instance.objectNode();
            Value value = new Value(type, field, request);
            if (value.countsPeople()) {
                ArrayNode nobody = request.putObject("filter").putObject("bool").putArray("must_not");
                nobody.add(Elastic.term(field.source(), Users.UNATTRIBUTED));
            }
            ObjectNode number = value.countsPeople() ? request.putObject("aggs").putObject(OF) : request;
            number.putObject(type).put("field", field.source());
            return value;
        }

        /** What is attributed to nobody is not one person more, so it is filtered out around the number. */
        private boolean countsPeople() {
            return type.equals("cardinality") && field.isPerson();
        }

        /** Where Elasticsearch finds the number, to put buckets in order by it. */
        String path(String name) {
            return countsPeople() ? name + ">" + OF : name;
        }

        /** @param from what Elasticsearch answered to the request; empty: there is no such number */
        OptionalDouble told(JsonNode from) {
            JsonNode value = (countsPeople() ? from.path(OF) : from).path("value");
            if (!value.isNumber()) {
                return OptionalDouble.empty();
            }
            return OptionalDouble.of(COUNTING.contains(type) ? value.asDouble() : value.asDouble() / field.unit());
        }

        @Override
        public ObjectNode answer(JsonNode from, JsonNode bucket) {
            ObjectNode answer = JsonNodeFactory.instance.objectNode();
            OptionalDouble value = told(from);
            return value.isPresent() ? answer.put("value", value.getAsDouble()) : answer.putNull("value");
        }
    }

    record Percentiles(DashboardField field, ObjectNode request) implements DashboardAggregation {
        @Override
        public ObjectNode answer(JsonNode from, JsonNode bucket) {
            ObjectNode answer = JsonNodeFactory.instance.objectNode();
            ObjectNode values = answer.putObject("values");
            for (Map.Entry<String, JsonNode> percent : from.path("values").properties()) {
                if (percent.getValue().isNumber()) {
                    values.put(percent.getKey(), percent.getValue().asDouble() / field.unit());
                } else {
                    values.putNull(percent.getKey());
                }
            }
            return answer;
        }
    }

    /** A calculation with the numbers beside it. @param paths the number's name, by variable */
    record Script(DashboardFormula script, Map<String, String> paths, Map<String, Value> beside)
            implements DashboardAggregation {
        @Override
        public @Nullable ObjectNode request() {
            return null;
        }

        @Override
        public @Nullable ObjectNode answer(JsonNode from, JsonNode bucket) {
            Map<String, Double> values = new HashMap<>();
            for (Map.Entry<String, String> path : paths.entrySet()) {
                Value number = beside.get(path.getValue());
                OptionalDouble value = number == null
                        ? OptionalDouble.of(bucket.path("doc_count").asDouble())
                        : number.told(bucket.path(path.getValue()));
                if (value.isEmpty()) {
                    return null;
                }
                values.put(path.getKey(), value.getAsDouble());
            }
            ObjectNode answer = JsonNodeFactory.instance.objectNode();
            script.value(values).ifPresent(value -> answer.put("value", value));
            return answer.isEmpty() ? null : answer;
        }
    }

    /** @param shown how a key is told; null: as it is, in Elasticsearch's order */
    record Buckets(
            ObjectNode request,
            Map<String, DashboardAggregation> inside,
            @Nullable Order shown) implements DashboardAggregation {
        @Override
        public ObjectNode answer(JsonNode from, JsonNode bucket) {
            ObjectNode answer = JsonNodeFactory.instance.objectNode();
            JsonNode buckets = from.path("buckets");
            if (buckets.isObject()) {
                ObjectNode named = answer.putObject("buckets");
                buckets.properties().forEach(each -> named.set(each.getKey(), told(each.getValue())));
                return answer;
            }
            ArrayNode listed = answer.putArray("buckets");
            if (shown == null) {
                buckets.forEach(each -> listed.add(told(each)));
            } else {
                shown.of(buckets).forEach(each -> listed.add(told(each.bucket()).put("key", each.name())));
            }
            return answer;
        }

        /** Whether to ask who is shown before asking for what is within: all people times all days are too many buckets. */
        boolean isChosenFirst() {
            return shown != null && inside.values().stream().anyMatch(Buckets.class::isInstance);
        }

        /** What is asked first: everybody, and the number that puts them in order. */
        Buckets everybody() {
            Map<String, DashboardAggregation> number = new TreeMap<>(inside);
            number.keySet().removeIf(name -> shown == null || !name.equals(shown.by()));
            ObjectNode all = JsonNodeFactory.instance.objectNode();
            all.set("terms", request.path("terms"));
            return new Buckets(Reader.within(all, number), number, shown);
        }

        /** Asks for those alone who are shown. @param from what was answered to {@link #everybody} */
        Buckets chosen(JsonNode from) {
            ObjectNode only = request.deepCopy();
            ObjectNode terms = only.withObject("/terms");
            if (shown != null) {
                shown.of(from.path("buckets"))
                        .forEach(each -> terms.withArray("/include")
                                .add(each.bucket().path("key").asText()));
            }
            return new Buckets(only, inside, shown);
        }

        private ObjectNode told(JsonNode bucket) {
            ObjectNode told = JsonNodeFactory.instance.objectNode();
            for (String name : List.of("key", "key_as_string", "doc_count")) {
                if (bucket.has(name)) {
                    told.set(name, bucket.get(name));
                }
            }
            inside.forEach((name, each) -> {
                ObjectNode answer = each.answer(bucket.path(name), bucket);
                if (answer != null) {
                    told.set(name, answer);
                }
            });
            return told;
        }
    }

    /**
     * Buckets of people under pseudonyms. Elasticsearch is asked for all of them, since where buckets are equal it goes by
     * name: which of the equal ones come first, or at all, would tell the alphabet behind the pseudonyms.
     *
     * @param by {@code _key}, {@code _count} or the name of a number inside
     * @param number null: not by a number inside
     */
    record Order(
            UnaryOperator<String> name, String by, @Nullable Value number, boolean ascending, int size) {
        /** A bucket of Elasticsearch. @param name as it is told */
        record Named(String name, JsonNode bucket) {}

        List<Named> of(JsonNode buckets) {
            Comparator<Named> byValue = by.equals("_key")
                    ? Comparator.comparing(Named::name)
                    : Comparator.comparingDouble(each -> number == null
                            ? each.bucket().path("doc_count").asDouble()
                            : number.told(each.bucket().path(by)).orElse(0));
            return DashboardFilter.list(buckets).stream()
                    .map(bucket -> new Named(name.apply(bucket.path("key").asText()), bucket))
                    .sorted((ascending ? byValue : byValue.reversed()).thenComparing(Named::name))
                    .limit(size)
                    .toList();
        }
    }

    /** Reads aggregations of one search. */
    final class Reader {
        private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,40}");
        private static final Pattern FIXED = Pattern.compile("(\\d{1,12})(ms|s|m|h|d)");
        private static final Pattern CALENDAR = Pattern.compile("1[mhdwMqy]|minute|hour|day|week|month|quarter|year");
        private static final Map<String, Long> MILLIS =
                Map.of("ms", 1L, "s", 1_000L, "m", 60_000L, "h", 3_600_000L, "d", 86_400_000L);
        private static final int MOST_AGGREGATIONS = 100;
        private static final int DEEPEST = 5;
        private static final int MOST_TERMS = 1_000;
        private static final int DEFAULT_TERMS = 500;
        private static final int MOST_FILTERS = 50;
        private static final int MOST_INTERVALS = 10_000;
        private static final long LONGEST_INTERVAL = 36_525L * 86_400_000;
        private static final int ALL_PEOPLE = 65_000;
        private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

        private final DashboardIndex index;
        private final DashboardFilter filter;
        private final Privacy privacy;
        private final DashboardRange range;
        private int read;

        /** @param range of the query around the aggregations */
        Reader(DashboardIndex index, DashboardFilter filter, Privacy privacy, DashboardRange range) {
            this.index = index;
            this.filter = filter;
            this.privacy = privacy;
            this.range = range;
        }

        /** @throws Refusal INVALID for what is not allowed */
        Map<String, DashboardAggregation> all(JsonNode aggregations) {
            return all(aggregations, 0);
        }

        private Map<String, DashboardAggregation> all(JsonNode aggregations, int depth) {
            Map<String, DashboardAggregation> all = new TreeMap<>();
            if (aggregations.isMissingNode()) {
                return all;
            }
            if (!aggregations.isObject() || depth == DEEPEST) {
                throw Refusal.invalid(
                        "aggs",
                        aggregations.getNodeType().toString(),
                        "objects, at most " + DEEPEST + " within each other");
            }
            Map<String, JsonNode> scripts = new TreeMap<>();
            for (Map.Entry<String, JsonNode> each : aggregations.properties()) {
                if (!NAME.matcher(each.getKey()).matches() || ++read > MOST_AGGREGATIONS) {
                    throw Refusal.invalid(
                            "aggs",
                            each.getKey(),
                            "at most " + MOST_AGGREGATIONS + ", named by letters, digits, _ and -");
                }
                if (each.getValue().has("bucket_script")) {
                    scripts.put(
                            each.getKey(),
                            DashboardFilter.only(each.getValue(), "aggs").getValue());
                } else {
                    all.put(each.getKey(), one(each.getValue(), depth));
                }
            }
            Map<String, Value> values = new TreeMap<>();
            all.forEach((name, each) -> {
                if (each instanceof Value value) {
                    values.put(name, value);
                }
            });
            scripts.forEach((name, body) -> all.put(name, script(body, values, depth)));
            return all;
        }

        private DashboardAggregation one(JsonNode aggregation, int depth) {
            if (!aggregation.isObject()) {
                throw Refusal.invalid("aggs", aggregation.getNodeType().toString(), "an object");
            }
            ObjectNode kind = ((ObjectNode) aggregation.deepCopy()).without(Set.of("aggs", "aggregations"));
            Map.Entry<String, JsonNode> body = DashboardFilter.only(kind, "aggs");
            if (aggregation.has("aggs") && aggregation.has("aggregations")) {
                throw Refusal.invalid("aggs", "aggs and aggregations", "one of them");
            }
            JsonNode within = aggregation.path(aggregation.has("aggs") ? "aggs" : "aggregations");
            String type = body.getKey();
            if (Value.TYPES.contains(type)) {
                return value(type, leaf(body.getValue(), within));
            }
            return switch (type) {
                case "percentiles" -> percentiles(leaf(body.getValue(), within));
                case "terms" -> terms(body.getValue(), all(within, depth + 1));
                case "date_histogram" -> histogram(body.getValue(), all(within, depth + 1));
                case "filters" -> filters(body.getValue(), all(within, depth + 1));
                default ->
                    throw Refusal.invalid(
                            "aggs",
                            type,
                            "terms, date_histogram, filters, percentiles, bucket_script or one of "
                                    + String.join(
                                            ", ", Value.TYPES.stream().sorted().toList()));
            };
        }

        private static JsonNode leaf(JsonNode body, JsonNode within) {
            if (!within.isMissingNode() && !within.isEmpty()) {
                throw Refusal.invalid("aggs", "within a number", "none");
            }
            return body;
        }

        private Value value(String type, JsonNode body) {
            DashboardField field =
                    index.field(DashboardFilter.allowed(body, Set.of("field")).path("field"));
            boolean counting = Value.COUNTING.contains(type);
            boolean edge = field.kind() == DashboardField.Kind.TIME
                    && Set.of("min", "max").contains(type);
            if (!counting && !edge && !field.isNumber()) {
                throw Refusal.invalid("field", field.name(), "a number for " + type);
            }
            return Value.of(type, field);
        }

        private Percentiles percentiles(JsonNode body) {
            DashboardFilter.allowed(body, Set.of("field", "percents"));
            DashboardField field = index.field(body.path("field"));
            List<JsonNode> percents = DashboardFilter.list(body.path("percents"));
            if (!field.isNumber() || percents.size() > 10) {
                throw Refusal.invalid("percentiles", field.name(), "a number, and at most 10 percents");
            }
            ObjectNode request = JSON.objectNode();
            ObjectNode wanted = request.putObject("percentiles").put("field", field.source());
            if (field.isDuration()) {
                // Within 1 %, in a third of the time of a t-digest; it cannot have values below 0.
                wanted.putObject("hdr").put("number_of_significant_value_digits", 2);
            }
            Set<Double> different = new HashSet<>();
            for (JsonNode percent : percents) {
                double value = DashboardFilter.number("percents", percent);
                if (value < 0 || value > 100 || !different.add(value)) {
                    throw Refusal.invalid("percents", percent.toString(), "0 to 100, each once");
                }
                wanted.withArray("percents").add(value);
            }
            return new Percentiles(field, request);
        }

        private Script script(JsonNode body, Map<String, Value> values, int depth) {
            DashboardFilter.allowed(body, Set.of("buckets_path", "script"));
            if (depth == 0
                    || !body.path("script").isTextual()
                    || !body.path("buckets_path").isObject()) {
                throw Refusal.invalid("bucket_script", body.toString(), "a text over numbers of a bucket");
            }
            Map<String, String> paths = new TreeMap<>();
            Map<String, Value> beside = new TreeMap<>();
            for (Map.Entry<String, JsonNode> path : body.path("buckets_path").properties()) {
                String name = path.getValue().asText();
                Value value = values.get(name);
                if (value != null) {
                    beside.put(name, value);
                } else if (!name.equals("_count")) {
                    throw Refusal.invalid("buckets_path", name, "_count or one of " + values.keySet());
                }
                paths.put(path.getKey(), name);
            }
            DashboardFormula script = DashboardFormula.of(body.path("script").asText(), paths.keySet());
            return new Script(script, paths, beside);
        }

        private Buckets terms(JsonNode body, Map<String, DashboardAggregation> inside) {
            DashboardFilter.allowed(body, Set.of("field", "size", "order", "min_doc_count", "missing"));
            DashboardField field = index.field(body.path("field"));
            if (field.isNumber() || field.kind() == DashboardField.Kind.TIME) {
                throw Refusal.invalid("field", field.name(), "a label");
            }
            boolean hidden = field.isPerson() && privacy.mode() == PrivacyMode.PSEUDONYMOUS;
            int size = size(body.path("size"));
            Map.Entry<String, JsonNode> order = order(body.path("order"));
            String by = order.getKey().equals("_term") ? "_key" : order.getKey();
            boolean ascending = order.getValue().asText().equals("asc");
            Value number = inside.get(by) instanceof Value value ? value : null;
            if (number == null && !Set.of("_key", "_count").contains(by)
                    || !Set.of("asc", "desc").contains(order.getValue().asText())) {
                throw Refusal.invalid(
                        "order", body.path("order").toString(), "_key, _count or a number inside, asc or desc");
            }
            ObjectNode request = JSON.objectNode();
            ObjectNode terms =
                    request.putObject("terms").put("field", field.source()).put("size", size);
            if (hidden) {
                terms.put("size", ALL_PEOPLE);
            } else {
                terms.putObject("order").put(number == null ? by : number.path(by), ascending ? "asc" : "desc");
            }
            if (body.has("min_doc_count")) {
                double least = DashboardFilter.number("min_doc_count", body.path("min_doc_count"));
                // With 0 there would be a bucket for every value in the index, also those of other organizations.
                if (least < 1) {
                    throw Refusal.invalid(
                            "min_doc_count", body.path("min_doc_count").toString(), "1 or more");
                }
                terms.put("min_doc_count", Math.round(least));
            }
            if (body.has("missing")) {
                // A name here would be counted with whoever has it, and tell the pseudonym.
                if (!body.path("missing").isTextual() || field.kind() != DashboardField.Kind.LABEL) {
                    throw Refusal.invalid(
                            "missing", body.path("missing").toString(), "a text, for labels that name nobody");
                }
                terms.put("missing", body.path("missing").asText());
            }
            return new Buckets(
                    within(request, inside),
                    inside,
                    hidden ? new Order(privacy::name, by, number, ascending, size) : null);
        }

        private static int size(JsonNode given) {
            if (given.isMissingNode()) {
                return DEFAULT_TERMS;
            }
            double size = DashboardFilter.number("size", given);
            if (size < 0 || size > MOST_TERMS) {
                throw Refusal.invalid("size", given.toString(), "at most " + MOST_TERMS);
            }
            return size < 1 ? DEFAULT_TERMS : (int) size;
        }

        private static Map.Entry<String, JsonNode> order(JsonNode given) {
            JsonNode order = given.isArray() && given.size() == 1 ? given.path(0) : given;
            return order.isMissingNode() || order.isEmpty() && order.isObject()
                    ? Map.entry("_count", JSON.textNode("desc"))
                    : DashboardFilter.only(order, "order");
        }

        private Buckets histogram(JsonNode body, Map<String, DashboardAggregation> inside) {
            DashboardFilter.allowed(
                    body,
                    Set.of(
                            "field",
                            "fixed_interval",
                            "calendar_interval",
                            "min_doc_count",
                            "extended_bounds",
                            "format",
                            "time_zone",
                            "offset"));
            DashboardField field = index.field(body.path("field"));
            if (field.kind() != DashboardField.Kind.TIME) {
                throw Refusal.invalid("field", field.name(), index.time());
            }
            ObjectNode request = JSON.objectNode();
            ObjectNode histogram = request.putObject("date_histogram").put("field", field.source());
            long interval = 0;
            if (body.has("fixed_interval") == body.has("calendar_interval")) {
                throw Refusal.invalid("date_histogram", body.toString(), "fixed_interval or calendar_interval");
            }
            if (body.has("fixed_interval")) {
                String fixed = text(body, "fixed_interval");
                interval = millis(fixed);
                if (interval < 1 || interval > LONGEST_INTERVAL) {
                    throw Refusal.invalid(
                            "fixed_interval", fixed, "a number of ms, s, m, h or d, above 0 and at most 100 years");
                }
                histogram.put("fixed_interval", fixed);
            } else {
                String calendar = text(body, "calendar_interval");
                if (!CALENDAR.matcher(calendar).matches()) {
                    throw Refusal.invalid("calendar_interval", calendar, "1m, 1h, 1d, 1w, 1M, 1q or 1y");
                }
                interval = calendarMillis(calendar);
                histogram.put("calendar_interval", calendar);
            }
            DashboardRange told = range;
            if (body.has("extended_bounds")) {
                DashboardRange bounds = bounds(body.path("extended_bounds"));
                histogram.putObject("extended_bounds").put("min", bounds.from()).put("max", bounds.to());
                told = told.with(bounds);
            }
            long least = body.has("min_doc_count")
                    ? Math.max(0, Math.round(DashboardFilter.number("min_doc_count", body.path("min_doc_count"))))
                    : 0;
            histogram.put("min_doc_count", least);
            // Then there is a bucket for every interval between the first document and the last one, whatever lies
            // there.
            if (least == 0 && !told.isBounded()) {
                throw Refusal.invalid("query", "without a range", index.time() + " from and to, or min_doc_count 1");
            }
            if (least == 0 && told.intervals(interval) > MOST_INTERVALS) {
                String name = body.has("fixed_interval") ? "fixed_interval" : "calendar_interval";
                throw Refusal.invalid(
                        name,
                        text(body, name),
                        "at most " + MOST_INTERVALS + " intervals in the range, or min_doc_count 1");
            }
            if (body.has("time_zone")) {
                histogram.put("time_zone", zone(text(body, "time_zone")));
            }
            if (body.has("offset") && !body.path("offset").asText().isEmpty()) {
                String offset = text(body, "offset");
                long by = millis(offset.replaceFirst("^[+-]", ""));
                if (by < 0 || by >= interval) {
                    throw Refusal.invalid(
                            "offset", offset, "a number of ms, s, m, h or d, with + or -, less than the interval");
                }
                histogram.put("offset", offset);
            }
            if (body.has("format") && !text(body, "format").equals("epoch_millis")) {
                throw Refusal.invalid("format", text(body, "format"), "epoch_millis");
            }
            histogram.put("format", "epoch_millis");
            return new Buckets(within(request, inside), inside, null);
        }

        private static DashboardRange bounds(JsonNode given) {
            DashboardFilter.allowed(given, Set.of("min", "max"));
            DashboardRange bounds = new DashboardRange(
                    DashboardFilter.time("min", given.path("min")), DashboardFilter.time("max", given.path("max")));
            if (bounds.from() > bounds.to()) {
                throw Refusal.invalid("extended_bounds", given.toString(), "min at most max");
            }
            return bounds;
        }

        /** The least that a unit of the calendar can be. */
        private static long calendarMillis(String interval) {
            long day = MILLIS.getOrDefault("d", 0L);
            return switch (interval) {
                case "1m", "minute" -> 60_000L;
                case "1h", "hour" -> 3_600_000L;
                case "1d", "day" -> day;
                case "1w", "week" -> 7 * day;
                case "1M", "month" -> 28 * day;
                case "1q", "quarter" -> 90 * day;
                default -> 365 * day;
            };
        }

        /** Of {@code 12h} and the like, not over {@link Long#MAX_VALUE}; -1: it is none. */
        private static long millis(String duration) {
            Matcher matcher = FIXED.matcher(duration);
            if (!matcher.matches()) {
                return -1;
            }
            long unit = MILLIS.getOrDefault(matcher.group(2), 1L);
            return Math.min(Long.parseLong(matcher.group(1)), Long.MAX_VALUE / unit) * unit;
        }

        private static String zone(String name) {
            try {
                return ZoneId.of(name).getId();
            } catch (DateTimeException e) {
                throw Refusal.invalid("time_zone", name, "a zone such as Europe/Berlin, +01:00 or UTC");
            }
        }

        private static String text(JsonNode body, String field) {
            JsonNode text = body.path(field);
            if (!text.isTextual()) {
                throw Refusal.invalid(field, text.toString(), "a text");
            }
            return text.asText();
        }

        private Buckets filters(JsonNode body, Map<String, DashboardAggregation> inside) {
            JsonNode given = DashboardFilter.allowed(body, Set.of("filters")).path("filters");
            if (!given.isObject() || given.isEmpty() || given.size() > MOST_FILTERS) {
                throw Refusal.invalid("filters", given.size() + " members", "1 to " + MOST_FILTERS + " by name");
            }
            ObjectNode request = JSON.objectNode();
            ObjectNode filters = request.putObject("filters").putObject("filters");
            given.properties().forEach(each -> filters.set(each.getKey(), filter.of(each.getValue())));
            return new Buckets(within(request, inside), inside, null);
        }

        private static ObjectNode within(ObjectNode request, Map<String, DashboardAggregation> inside) {
            ObjectNode all = requests(inside);
            if (!all.isEmpty()) {
                request.set("aggs", all);
            }
            return request;
        }
    }

    /** What Elasticsearch is asked. */
    static ObjectNode requests(Map<String, DashboardAggregation> all) {
        ObjectNode requests = JsonNodeFactory.instance.objectNode();
        all.forEach((name, each) -> {
            ObjectNode request = each.request();
            if (request != null) {
                requests.set(name, request);
            }
        });
        return requests;
    }
}
