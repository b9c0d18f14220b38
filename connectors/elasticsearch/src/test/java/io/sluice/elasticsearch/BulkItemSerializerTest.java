package io.sluice.elasticsearch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.apache.flink.connector.base.sink.writer.BufferedRequestState;
import org.apache.flink.connector.base.sink.writer.RequestEntryWrapper;
import org.junit.jupiter.api.Test;

class BulkItemSerializerTest {
    private static final List<BulkItem> ITEMS = List.of(
            BulkItem.of(new DocumentWrite("spend", "größe|1", 9_200_000_000_000_000_000L, "{\"text\":\"x €\"}")),
            BulkItem.of(new DocumentWrite("ledger", "2", 0, "{}")));

    private final BulkItemSerializer serializer = new BulkItemSerializer();

    /** The bytes as the first release wrote them. */
    @Test
    void readsTheFirstFormat() throws IOException {
        byte[] hex;
        try (var in = BulkItemSerializerTest.class.getResourceAsStream("buffered-v1.hex")) {
            hex = Objects.requireNonNull(in).readAllBytes();
        }
        byte[] golden = HexFormat.of().parseHex(new String(hex, StandardCharsets.US_ASCII).strip());
        assertThat(itemsOf(serializer.deserialize(1, golden)))
                .usingRecursiveComparison()
                .isEqualTo(ITEMS);
    }

    @Test
    void readsWhatItWrites() throws IOException {
        List<RequestEntryWrapper<BulkItem>> entries = ITEMS.stream()
                .map(item -> item.afterRejections(2))
                .map(item -> new RequestEntryWrapper<>(item, item.size()))
                .toList();
        byte[] bytes = serializer.serialize(new BufferedRequestState<>(entries));
        BufferedRequestState<BulkItem> read = serializer.deserialize(serializer.getVersion(), bytes);
        assertThat(itemsOf(read))
                .as("counts refusals anew")
                .usingRecursiveComparison()
                .isEqualTo(ITEMS);
        assertThat(read.getStateSize())
                .isEqualTo(ITEMS.stream().mapToLong(BulkItem::size).sum());
    }

    private static List<BulkItem> itemsOf(BufferedRequestState<BulkItem> state) {
        return state.getBufferedRequestEntries().stream()
                .map(RequestEntryWrapper::getRequestEntry)
                .toList();
    }
}
