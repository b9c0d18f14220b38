package io.sluice.transcripts;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Token totals per day and model are those of the widely used tool. Run against the tool itself: README.md. */
class ParityTest {
    private static final int SESSIONS = 40;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 20261124})
    void filesAndRequestsGiveTheTotalsOfTheLineRules(long seed) {
        for (Corpus.Scope scope : Corpus.Scope.values()) {
            SortedMap<String, byte[]> files = Corpus.generate(seed, SESSIONS, scope);
            assertThat(decoded(files).entrySet())
                    .as("seed %d, %s", seed, scope)
                    .hasSizeGreaterThan(100)
                    .containsExactlyElementsOf(LineRules.totals(files).entrySet());
        }
    }

    @Test
    void theCorpusHasCopiesToFold() {
        SortedMap<String, byte[]> files = Corpus.generate(7, SESSIONS, Corpus.Scope.COMMON);
        Collected collected = decode(files);
        assertThat(collected.counts)
                .allSatisfy(count -> assertThat(count.received())
                        .isEqualTo(count.usage()
                                + count.activity()
                                + count.duplicate()
                                + count.ignored()
                                + count.rejected()));
        assertThat(collected.counts.stream().mapToLong(FileCounts::duplicate).sum())
                .isGreaterThan(1_000);
        assertThat(collected.counts).anyMatch(FileCounts::incompleteLastLine);
        assertThat(collected.deadLetters)
                .isNotEmpty()
                .allMatch(letter -> letter.getReason().equals("not-json"));
        long summed = collected.usage.stream()
                .mapToLong(event -> event.getOutputTokens())
                .sum();
        long counted = Requests.totals(collected.usage).values().stream()
                .mapToLong(Tokens::output)
                .sum();
        assertThat(counted).isLessThan(summed);
    }

    static Map<DayModel, Tokens> decoded(SortedMap<String, byte[]> files) {
        return Requests.totals(decode(files).usage);
    }

    private static Collected decode(SortedMap<String, byte[]> files) {
        Collected collected = new Collected();
        files.forEach(collected::file);
        return collected;
    }
}
