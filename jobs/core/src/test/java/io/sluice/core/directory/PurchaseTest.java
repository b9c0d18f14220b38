package io.sluice.core.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.sluice.schema.DirectorySeats;
import io.sluice.schema.DirectoryVersion;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PurchaseTest {
    private final Edits edits = new Edits();

    private Directory bought() {
        edits.seats("standard", 5, 25_000_000);
        edits.seats("premium", 2, 150_000_000);
        edits.seats("standard", 3, 25_000_000);
        edits.seats("premium", 4, 140_000_000);
        return edits.directory();
    }

    @Test
    void theLogIsTheVersionsOfAllTiersInTheirOrder() {
        assertThat(Purchase.of(bought()))
                .extracting(Purchase::tier, Purchase::version, Purchase::quantity, Purchase::purchased)
                .containsExactly(
                        tuple("standard", 1L, 5L, 5L),
                        tuple("premium", 1L, 2L, 2L),
                        tuple("standard", 2L, -2L, 3L),
                        tuple("premium", 2L, 2L, 4L));
        assertThat(Purchase.of(edits.directory(), "premium"))
                .extracting(Purchase::priceMicros, Purchase::at)
                .containsExactly(
                        tuple(150_000_000L, Edits.START + 2 * Edits.SECOND),
                        tuple(140_000_000L, Edits.START + 4 * Edits.SECOND));
        assertThat(Purchase.of(edits.directory(), "unknown")).isEmpty();
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 20261125})
    void orderAndRepetitionDoNotMatter(long seed) {
        List<Purchase> expected = Purchase.of(bought());
        List<DirectoryVersion> versions = new ArrayList<>(edits.versions);
        versions.addAll(edits.versions);
        Collections.shuffle(versions, new Random(seed));
        assertThat(Purchase.of(Edits.directory(versions))).as("seed %d", seed).isEqualTo(expected);
    }

    @Test
    void anOlderVersionThatIsReadLateIsNews() {
        bought();
        Directory directory = new Directory(Edits.ORG);
        assertThat(directory.apply(edits.versions.get(2))).isTrue();
        assertThat(Purchase.of(directory))
                .extracting(Purchase::version, Purchase::quantity)
                .containsExactly(tuple(2L, 3L));
        assertThat(directory.apply(edits.versions.get(0))).isTrue();
        assertThat(directory.apply(edits.versions.get(0))).isFalse();
        assertThat(Purchase.of(directory))
                .extracting(Purchase::version, Purchase::quantity)
                .containsExactly(tuple(1L, 5L), tuple(2L, -2L));
        assertThat(directory.seats("standard"))
                .map(Document::content)
                .map(DirectorySeats::getPurchased)
                .contains(3L);
    }

    @Test
    void aKeyIsFoundInWhateverTier() {
        edits.seats("standard", 5, 25_000_000);
        DirectoryVersion keyed = edits.seats("premium", 2, 150_000_000);
        keyed.getSeats().setIdempotencyKey("renewal");
        edits.seats("premium", 3, 150_000_000);
        Directory directory = edits.directory();
        assertThat(Purchase.withKey(directory, "renewal"))
                .map(Purchase::purchased)
                .contains(2L);
        assertThat(Purchase.withKey(directory, "another")).isEmpty();
    }

    @Test
    void aReceiverIsToldEachOnceAndInOrder() {
        Directory directory = bought();
        Map<String, Long> told = new HashMap<>();
        List<String> sent = new ArrayList<>();
        Optional<Purchase> next = Purchase.next(directory, tier -> told.getOrDefault(tier, 0L));
        while (next.isPresent()) {
            sent.add(next.get().tier() + next.get().version());
            told.put(next.get().tier(), next.get().version());
            next = Purchase.next(directory, tier -> told.getOrDefault(tier, 0L));
        }
        assertThat(sent).containsExactly("standard1", "premium1", "standard2", "premium2");
    }

    @Test
    void aTierWaitsForTheVersionThatWasNotReadYet() {
        bought();
        Directory directory = Edits.directory(List.of(edits.versions.get(2), edits.versions.get(3)));
        assertThat(Purchase.next(directory, tier -> 0)).isEmpty();
        assertThat(Purchase.next(directory, tier -> tier.equals("premium") ? 1 : 0))
                .map(Purchase::version)
                .contains(2L);
    }

    @ParameterizedTest
    @CsvSource({
        "pending, approved, DECIDE",
        "pending, denied, DECIDE",
        "approved, approved, DONE_BEFORE",
        "denied, denied, DONE_BEFORE",
        "approved, denied, REFUSED",
        "denied, approved, REFUSED"
    })
    void aRequestIsAnsweredOnce(String status, String answer, SeatRequests.Step step) {
        assertThat(SeatRequests.answer(status, answer)).isEqualTo(step);
    }

    @Test
    void anApprovalIsCompletedOnceAndNotAfterTheUserChanged() {
        edits.user("u1", "ann", true, null);
        edits.seatRequest("r1", "u1", "premium");
        assertThat(owes()).as("pending").isFalse();
        assertThat(SeatRequests.pending(edits.directory(), "u1")).isPresent();
        assertThat(SeatRequests.pending(edits.directory(), "u2")).isEmpty();

        edits.seatRequest("r1", "u1", "premium").getSeatRequest().setStatus(SeatRequests.APPROVED);
        assertThat(SeatRequests.pending(edits.directory(), "u1")).isEmpty();
        assertThat(owes()).as("approved, not assigned").isTrue();

        edits.user("u1", "ann", true, "premium");
        assertThat(owes()).as("assigned").isFalse();
        edits.user("u1", "ann", true, null);
        assertThat(owes()).as("taken away later").isFalse();
    }

    private boolean owes() {
        Directory directory = edits.directory();
        return SeatRequests.owesSeat(directory, directory.seatRequest("r1").orElseThrow());
    }
}
