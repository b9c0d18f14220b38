package io.sluice.core.caps;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.schema.CapVersion;
import io.sluice.schema.IncreaseRequest;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IncreaseRequestsTest {
    private static final long DAY = Duration.ofDays(1).toSeconds() * 1_000_000;

    private static IncreaseRequest request(String status, @Nullable Long amount) {
        return IncreaseRequest.newBuilder()
                .setUserId("u1")
                .setPeriod("monthly")
                .setStatus(status)
                .setAmountMicros(amount)
                .setLimitVersion(4)
                .build();
    }

    private static CapVersion version(String id, long at, String status) {
        return CapVersion.newBuilder()
                .setOrgId("acme")
                .setKind(IncreaseRequests.KIND)
                .setId(id)
                .setVersion(2)
                .setEffectiveAt(at)
                .setRecordedAt(at)
                .setCreatedAt(0)
                .setIncreaseRequest(request(status, null))
                .build();
    }

    @ParameterizedTest
    @CsvSource({
        "pending,  ,   approve, 500, DECIDE",
        "pending,  ,   approve,    , DECIDE",
        "pending,  ,   deny,       , DECIDE",
        "approved, 500, approve, 500, DONE_BEFORE",
        "approved,    , approve,    , DONE_BEFORE",
        "approved, 500, approve, 600, REFUSED",
        "approved, 500, approve,    , REFUSED",
        "approved,    , approve,   0, REFUSED",
        "approved, 500, deny,       , REFUSED",
        "denied,   ,   approve, 500, REFUSED",
        "denied,   ,   deny,       , DONE_BEFORE"
    })
    void whatAnAnswerLeadsTo(
            String status,
            @Nullable Long approved,
            String answer,
            @Nullable Long amount,
            IncreaseRequests.Step expected) {
        IncreaseRequest request = request(status, approved);
        assertThat(answer.equals("deny") ? IncreaseRequests.deny(request) : IncreaseRequests.approve(request, amount))
                .isEqualTo(expected);
    }

    @Test
    void aDenialHoldsBackForThirtyDays() {
        List<CapVersion> requests = List.of(
                version("a", 0, IncreaseRequests.DENIED),
                version("b", 2 * DAY, IncreaseRequests.DENIED),
                version("c", 9 * DAY, IncreaseRequests.APPROVED));
        assertThat(IncreaseRequests.heldBackUntil(requests, 3 * DAY)).hasValue(32 * DAY);
        assertThat(IncreaseRequests.heldBackUntil(requests, 32 * DAY - 1)).hasValue(32 * DAY);
        assertThat(IncreaseRequests.heldBackUntil(requests, 32 * DAY)).isEmpty();
        assertThat(IncreaseRequests.heldBackUntil(List.of(), 0)).isEmpty();
    }

    @Test
    void onePends() {
        CapVersion pending = version("b", 0, IncreaseRequests.PENDING);
        assertThat(IncreaseRequests.pending(List.of(version("a", 0, IncreaseRequests.DENIED), pending)))
                .contains(pending);
        assertThat(IncreaseRequests.pending(List.of())).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "approved, 4, true",
        "approved, 5, false",
        "approved, 9, false",
        "pending,  4, false",
        "denied,   4, false"
    })
    void aLimitIsOwedUntilSomebodyChangesTheCap(String status, long newest, boolean owed) {
        assertThat(IncreaseRequests.owesLimit(request(status, 500L), newest)).isEqualTo(owed);
    }
}
