package io.sluice.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** How long searches take by REST, one after the other, each another one: first pages, with facets and marked fragments. */
final class SearchTimes {
    /** Words of such ranks are in most messages, in a few percent, in a few of a thousand. */
    private static final int COMMON = 20;

    private static final int USUAL = 400;
    private static final int RARE = 5_000;
    private static final int WARM_UP = 5;

    private final Api api;
    private final Instant start;
    private final Duration span;
    private final SplittableRandom random;

    SearchTimes(Api api, Instant start, Duration span, long seed) {
        this.api = api;
        this.start = start;
        this.span = span;
        this.random = new SplittableRandom(seed);
    }

    private interface Kind {
        ObjectNode search();
    }

    /** @return facts for the report */
    Map<String, Object> measure(int each, ConversationLoad load, Progress progress) throws Exception {
        check(load);
        Map<String, Kind> kinds = new LinkedHashMap<>();
        kinds.put("two usual words", () -> of(usual() + ' ' + usual()));
        kinds.put("a common word", () -> of(ConversationLoad.word(random.nextInt(COMMON))));
        kinds.put("a rare word, of a person", () -> {
            ObjectNode search = of(rare());
            search.putArray("user").add(ConversationLoad.email(random.nextInt(10)));
            return search;
        });
        kinds.put("a phrase", () -> of('"' + common() + ' ' + common() + '"'));
        kinds.put("a beginning of words", () -> of(rare().substring(0, 4) + '*'));
        kinds.put("a word without another, of a model and role", () -> {
            ObjectNode search = of(usual() + " -" + common());
            search.putArray("model").add(ConversationLoad.MODELS.get(random.nextInt(3)));
            search.putArray("role").add("assistant");
            return search;
        });
        kinds.put("one of two words, within a month, with files", () -> {
            ObjectNode search = of(usual() + " OR " + rare()).put("has_files", true);
            return within(search, Duration.ofDays(30));
        });
        kinds.put("no text, within two months", () -> within(of(null), Duration.ofDays(60)));
        Map<String, Object> facts = new LinkedHashMap<>();
        List<Long> all = new ArrayList<>();
        for (Map.Entry<String, Kind> kind : kinds.entrySet()) {
            progress.step("search: " + kind.getKey());
            long[] nanos = new long[each];
            long hits = 0;
            for (int i = -WARM_UP; i < each; i++) {
                ObjectNode search = kind.getValue().search();
                long began = System.nanoTime();
                JsonNode answer = ask(search);
                long took = System.nanoTime() - began;
                if (i >= 0) {
                    nanos[i] = took;
                    all.add(took);
                    hits += answer.path("total").asLong();
                    progress.at((double) i / each);
                }
            }
            Map<String, Object> figures = new LinkedHashMap<>(Percentiles.upToTheLongest(nanos));
            figures.put("mean_hits", hits / each);
            facts.put("search, " + kind.getKey(), figures);
            progress.done(figures.toString());
        }
        facts.put(
                "any search",
                Percentiles.upToTheLongest(
                        all.stream().mapToLong(Long::longValue).toArray()));
        return facts;
    }

    /** Of a person, and of everybody, as many as there are. */
    private void check(ConversationLoad load) throws Exception {
        ObjectNode ofPerson = of(null);
        ofPerson.putArray("user").add(ConversationLoad.email(1));
        requireTotal(ofPerson, load.of(1));
        requireTotal(of(null), load.total());
    }

    private void requireTotal(ObjectNode search, long expected) throws Exception {
        long total = ask(search).path("total").asLong();
        if (total != expected) {
            throw new IncorrectException("search " + search + ": total " + total + " (expected: " + expected + ")");
        }
    }

    private JsonNode ask(ObjectNode search) throws Exception {
        JsonNode answer = api.json("POST", "/v1/compliance/search", search.toString());
        boolean marks = !search.has("q");
        for (JsonNode hit : answer.path("data")) {
            marks |= !hit.path("fragments").isEmpty();
        }
        if (answer.path("facets").path("user").path("values").isEmpty()
                        != (answer.path("total").asLong() == 0)
                || (!marks && answer.path("total").asLong() > 0)) {
            throw new IncorrectException("search " + search + ": no facets or fragments (expected: with hits)");
        }
        return answer;
    }

    private static ObjectNode of(@Nullable String q) {
        ObjectNode search = JsonNodeFactory.instance.objectNode();
        return q == null ? search : search.put("q", q);
    }

    private ObjectNode within(ObjectNode search, Duration length) {
        Instant from = start.plusSeconds(random.nextLong(span.minus(length).toSeconds()));
        search.putObject("created_at")
                .put("gte", from.toString())
                .put("lt", from.plus(length).toString());
        return search;
    }

    private String common() {
        return ConversationLoad.word(random.nextInt(COMMON));
    }

    private String usual() {
        return ConversationLoad.word(COMMON + random.nextInt(USUAL - COMMON));
    }

    private String rare() {
        return ConversationLoad.word(USUAL + random.nextInt(RARE - USUAL));
    }
}
