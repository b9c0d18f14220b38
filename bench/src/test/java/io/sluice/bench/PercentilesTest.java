package io.sluice.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class PercentilesTest {
    @Test
    void areInMillisecondsWhateverTheOrder() {
        long[] nanos = LongStream.rangeClosed(1, 200)
                .map(each -> (201 - each) * 1_000_000)
                .toArray();
        assertThat(Percentiles.millis(nanos))
                .containsEntry("p50", 101.0)
                .containsEntry("p99", 199.0)
                .containsEntry("max", 200.0);
        assertThat(Percentiles.of(new long[] {7}, 50)).isEqualTo(7);
    }
}
