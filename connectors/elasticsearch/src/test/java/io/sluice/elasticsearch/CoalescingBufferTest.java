package io.sluice.elasticsearch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CoalescingBufferTest {
    private final CoalescingBuffer buffer = new CoalescingBuffer();

    @Test
    void keepsTheNewestAtThePlaceOfTheFirst() {
        assertThat(buffer.add(item("a", 1))).isTrue();
        assertThat(buffer.add(item("b", 1))).isTrue();
        assertThat(buffer.add(item("a", 3))).isFalse();
        assertThat(buffer.add(item("a", 2))).isFalse();
        assertThat(takeAll()).containsExactly("a@3", "b@1");
    }

    @Test
    void aNewVersionOfARefusedDocumentIsRefusedAsOften() {
        buffer.add(item("a", 2));
        buffer.add(item("a", 1).afterRejections(3));
        buffer.add(item("b", 1).afterRejections(5));
        buffer.add(item("b", 2));
        assertThat(buffer.items()).extracting(BulkItem::version).containsExactly(2L, 2L);
        assertThat(buffer.items()).extracting(BulkItem::rejections).containsExactly(3, 5);
    }

    @Test
    void documentsOfTwoIndicesAreTwo() {
        buffer.add(BulkItem.of(new DocumentWrite("one", "a", 1, "{}")));
        buffer.add(BulkItem.of(new DocumentWrite("two", "a", 1, "{}")));
        assertThat(buffer.size()).isEqualTo(2);
    }

    @Test
    void takesWithinBothBoundsButOneAtLeast() {
        for (String id : List.of("a", "b", "c", "d")) {
            buffer.add(item(id, 1));
        }
        long size = item("a", 1).size();
        assertThat(names(buffer.take(1, Long.MAX_VALUE))).containsExactly("a@1");
        assertThat(names(buffer.take(10, 2 * size))).containsExactly("b@1", "c@1");
        assertThat(names(buffer.take(10, 1))).containsExactly("d@1");
        assertThat(names(buffer.take(10, 1))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 20260301})
    void losesNoNewestVersionAndKnowsItsSize(long seed) {
        Random random = new Random(seed);
        Map<String, Long> newest = new HashMap<>();
        for (int i = 0; i < 2_000; i++) {
            BulkItem item = item("doc-" + random.nextInt(50), random.nextInt(1_000));
            newest.merge(item.id(), item.version(), Math::max);
            buffer.add(item);
        }
        List<BulkItem> items = List.copyOf(buffer.items());
        assertThat(buffer.size()).as("seed %d", seed).isEqualTo(items.size());
        assertThat(buffer.bytes())
                .as("seed %d", seed)
                .isEqualTo(items.stream().mapToLong(BulkItem::size).sum());
        assertThat(takeAll()).as("seed %d", seed).containsExactlyElementsOf(names(items));
        assertThat(names(items))
                .as("seed %d", seed)
                .containsExactlyInAnyOrderElementsOf(newest.entrySet().stream()
                        .map(document -> document.getKey() + "@" + document.getValue())
                        .toList());
        assertThat(buffer.bytes()).as("seed %d", seed).isZero();
    }

    private List<String> takeAll() {
        return names(buffer.take(Integer.MAX_VALUE, Long.MAX_VALUE));
    }

    private static List<String> names(List<BulkItem> items) {
        return items.stream().map(item -> item.id() + "@" + item.version()).toList();
    }

    private static BulkItem item(String id, long version) {
        return BulkItem.of(new DocumentWrite("index", id, version, "{\"n\":" + version + "}"));
    }
}
