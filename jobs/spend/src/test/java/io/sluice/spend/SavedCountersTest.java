package io.sluice.spend;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.spend.Amounts;
import io.sluice.core.spend.CellKey;
import io.sluice.core.spend.CounterSums.Booked;
import io.sluice.core.spend.Dimensions;
import io.sluice.core.spend.Point;
import io.sluice.core.spend.Series;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Objects;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataInputViewStreamWrapper;
import org.junit.jupiter.api.Test;

/**
 * What sessions' counters keep in state was once saved without terminals. Each file holds the snapshot of the serializer
 * of that time, and a value that it wrote.
 */
class SavedCountersTest {
    private static final CellKey CELL = new CellKey(
            new Dimensions(
                    "acme",
                    "alice@example.com",
                    "platform",
                    "claude-opus-4-5",
                    "claude-code",
                    "acme/billing",
                    null,
                    "review",
                    null,
                    false),
            495_000,
            202_611);

    @Test
    void seriesOfBeforeTerminalsAreRead() throws IOException {
        Point point = new Point("e1", 1_782_000_000_000_000L, 1_782_000_060_000_000L, 40_305_000L, false, 495_001);
        assertThat(read("series-1.bin", Series.class))
                .isEqualTo(new Series("s1|202611", CELL, Series.Measure.COST, "otlp-metrics", List.of(point)));
    }

    @Test
    void bookedCellsOfBeforeTerminalsAreRead() throws IOException {
        assertThat(read("booked-1.bin", Booked.class))
                .isEqualTo(new Booked(
                        List.of(new Booked.Entry(CELL, 40_305_000L, new Amounts(40_305, 0, 1, 2, 3, 4))),
                        List.of(new Booked.Superseded("acme", "otlp-metrics", 495_001, 2))));
    }

    private static <T> T read(String file, Class<T> type) throws IOException {
        try (InputStream in = SavedCountersTest.class.getResourceAsStream("/golden/" + file)) {
            DataInputView saved = new DataInputViewStreamWrapper(new DataInputStream(Objects.requireNonNull(in)));
            TypeSerializerSnapshot<T> then =
                    TypeSerializerSnapshot.readVersionedSnapshot(saved, SavedCountersTest.class.getClassLoader());
            TypeSerializer<T> now = TypeInformation.of(type).createSerializer(new SerializerConfigImpl());
            var compatibility = now.snapshotConfiguration().resolveSchemaCompatibility(then);
            assertThat(compatibility.isIncompatible()).isFalse();
            T value = then.restoreSerializer().deserialize(saved);
            assertThat(in.available()).isZero();
            return value;
        }
    }
}
