package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScimPageTest {
    private static ObjectNode group(int members) {
        ObjectNode group = JsonNodeFactory.instance.objectNode();
        ArrayNode list = group.putArray("members");
        for (int i = 0; i < members; i++) {
            list.add(i);
        }
        return group;
    }

    private static List<Integer> sizes(String groups) {
        return Arrays.stream(groups.split(" ")).map(Integer::valueOf).toList();
    }

    /** Walking by what was on the page, as RFC 7644, 3.4.2.4 has it, sees each group once. */
    @ParameterizedTest(name = "{0}, count {1}: {2}")
    @CsvSource({
        "1 2 3, 200, 3",
        "1 2 3, 2, 2 1",
        "50000 0 0, 200, 3",
        "50000 1, 200, 1 1",
        "75000 75000, 200, 1 1",
        "1 75000 1, 200, 1 1 1",
        "25000 25000 25000 25000 1, 200, 2 2 1",
        // A small one behind a large one waits for its turn: otherwise it would come twice.
        "25000 37500 1, 200, 1 2",
    })
    void aPageEndsBeforeItHasTooManyMembers(String groups, int count, String pages) {
        List<Integer> all = sizes(groups);
        for (boolean filtered : new boolean[] {false, true}) {
            int startIndex = 1;
            for (int expected : sizes(pages)) {
                JsonNode answer = page(all, startIndex, count, filtered);
                assertThat(answer.path("itemsPerPage").asInt())
                        .as("filtered %s, from %d", filtered, startIndex)
                        .isEqualTo(expected);
                assertThat(answer.path("totalResults").asInt()).isEqualTo(all.size());
                assertThat(answer.path("startIndex").asInt()).isEqualTo(startIndex);
                for (int i = 0; i < expected; i++) {
                    assertThat(answer.path("Resources").path(i).path("members")).hasSize(all.get(startIndex - 1 + i));
                }
                startIndex += expected;
            }
            assertThat(startIndex - 1).isEqualTo(all.size());
            assertThat(page(all, startIndex, count, filtered).path("Resources")).isEmpty();
        }
    }

    private static JsonNode page(List<Integer> sizes, int startIndex, int count, boolean filtered) {
        ScimPage page = new ScimPage(startIndex, count);
        AtomicInteger made = new AtomicInteger();
        Stream<ObjectNode> groups = sizes.stream().map(size -> {
            made.incrementAndGet();
            return group(size);
        });
        if (filtered) {
            page.addMatches(groups, UnaryOperator.identity());
        } else {
            page.addSome(groups.skip(page.skip()).limit(page.room()), sizes.size());
        }
        JsonNode answer = page.answer();
        if (!filtered) {
            // The skipped ones, those on the page, and the one that was too many.
            assertThat(made.get())
                    .isLessThanOrEqualTo(
                            startIndex + answer.path("itemsPerPage").asInt());
        }
        return answer;
    }
}
