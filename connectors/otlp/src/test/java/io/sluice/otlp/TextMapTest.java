package io.sluice.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TextMapTest {
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 20_261_125})
    void isLikeAnyOtherMap(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 200; i++) {
            TextMap map = new TextMap(random.nextInt(3));
            Map<String, String> expected = new HashMap<>();
            for (int j = random.nextInt(100); j > 0; j--) {
                // "Aa" and "BB" have the same hash.
                String name = (random.nextBoolean() ? "Aa" : "BB") + random.nextInt(20);
                String text = Integer.toString(j);
                if (random.nextInt(4) == 0) {
                    assertThat(map.putIfAbsent(name, text)).isEqualTo(expected.putIfAbsent(name, text));
                } else {
                    assertThat(map.put(name, text)).isEqualTo(expected.put(name, text));
                }
                assertThat(map.get(name)).isEqualTo(expected.get(name));
            }
            assertThat(map).as("seed %d", seed).isEqualTo(expected).hasSameSizeAs(expected);
            TextMap copy = new TextMap(map, random.nextInt(50));
            copy.put("added", "");
            assertThat(map).as("seed %d", seed).isEqualTo(expected);
            expected.put("added", "");
            assertThat(copy).as("seed %d", seed).isEqualTo(expected);
        }
    }
}
