package io.sluice.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.OutputStream;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RoundsTest {
    private final Progress progress = new Progress(new PrintStream(OutputStream.nullOutputStream()));
    private final List<String> order = new ArrayList<>();

    private Rounds.Variant variant(String name) {
        return new Rounds.Variant(name, () -> {
            order.add(name);
            return new Measure(order.size(), 1, 1);
        });
    }

    @Test
    void variantsAlternateAndTheFirstPassDoesNotCount() throws Exception {
        Map<String, List<Measure>> measures = Rounds.run(List.of(variant("a"), variant("b")), 2, progress);

        assertThat(order).containsExactly("a", "b", "a", "b", "a", "b");
        assertThat(measures)
                .containsEntry("a", List.of(new Measure(3, 1, 1), new Measure(5, 1, 1)))
                .containsEntry("b", List.of(new Measure(4, 1, 1), new Measure(6, 1, 1)));
    }

    @Test
    void aWrongResultEndsIt() {
        Rounds.Variant wrong = new Rounds.Variant("b", () -> {
            throw new IncorrectException("cells: wrong");
        });

        assertThatThrownBy(() -> Rounds.run(List.of(variant("a"), wrong), 5, progress))
                .isInstanceOf(IncorrectException.class);
        assertThat(order).containsExactly("a");
    }
}
