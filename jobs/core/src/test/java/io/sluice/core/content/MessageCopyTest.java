package io.sluice.core.content;

import static io.sluice.core.content.Events.DECEMBER;
import static io.sluice.core.content.Events.NOVEMBER;
import static io.sluice.core.content.Events.copy;
import static io.sluice.core.content.Events.file;
import static io.sluice.core.content.Events.message;
import static io.sluice.core.content.Events.name;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.schema.ContentEvent;
import io.sluice.schema.Micros;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MessageCopyTest {
    /** Each counts less than the next. */
    @Test
    void theBestCopyTellsTheMostByTheBestSource() {
        List<ContentEvent.Builder> copies = List.of(
                message("otlp-logs", ""),
                message("compliance-api", "").setDeletedUpstreamAt(DECEMBER),
                message("some-other", "a very long text of nobody knows whom"),
                message("otlp-logs", "short"),
                message("otlp-logs", "longer"),
                message("session-file", "short"),
                message("session-file", "").setToolText("longer than short"),
                message("compliance-api", "x"));
        assertThat(copies).extracting(each -> copy(each).rank()).isSorted().doesNotHaveDuplicates();
        assertThat(copies)
                .extracting(each -> copy(each).rank())
                .allMatch(rank -> rank > 0 && rank < CopyRank.ABOVE_ALL, "between nothing and erased");
    }

    /** Of texts of one length one counts, always the same; what differs only in its receipt is the same copy. */
    @Test
    void equalCopiesAreToldApartByWhatTheyTell() {
        long one = copy(message("otlp-logs", "one")).rank();
        assertThat(copy(message("otlp-logs", "two")).rank()).isNotEqualTo(one);
        assertThat(copy(message("otlp-logs", "one").setActor(Events.actor("a@example.com")))
                        .rank())
                .isNotEqualTo(one);
        assertThat(copy(message("otlp-logs", "one").setReceivedAt(DECEMBER)).rank())
                .isEqualTo(one);
        assertThat(copy(message("otlp-logs", "one").setEventId("other")).rank()).isEqualTo(one);
    }

    /** The chat has moved to another project: where it was read to be last counts, but never without the text. */
    @Test
    void ofReadingsOfTheApiTheLastOneCounts() {
        long first = copy(message("compliance-api", "x".repeat(1 << 20)).setProjectId("claude_proj_1"))
                .rank();
        long last = copy(message("compliance-api", "x")
                        .setProjectId("claude_proj_2")
                        .setReceivedAt(DECEMBER))
                .rank();
        assertThat(last).isGreaterThan(first);
        assertThat(copy(message("compliance-api", "").setReceivedAt(DECEMBER)).rank())
                .as("its user has emptied it")
                .isLessThan(first);
    }

    /** A conversation is renamed: what it is called last counts, however short. */
    @Test
    void ofNamesTheLastOneCounts() {
        long first = copy(name("A long first name", NOVEMBER)).rank();
        long last = copy(name("Last", NOVEMBER + 1_000_000)).rank();
        assertThat(last).isGreaterThan(first);
        assertThat(copy(name("", DECEMBER)).rank()).as("it is deleted upstream").isLessThan(first);
        assertThat(copy(name("Last", NOVEMBER)).texts()).containsExactly("Last");
        assertThat(copy(name("", NOVEMBER)).parts()).isEqualTo(1);
        assertThat(copy(message("otlp-logs", "")).parts()).isEqualTo(1);
        assertThat(copy(file("f1", "")).parts()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({
        "2026-11-30T23:59:59Z, 2026-12-01T00:00:05Z, 202611",
        "2026-12-01T00:00:00Z, 2026-11-30T23:59:59Z, 202612",
        "9999-12-31T00:00:00Z, 2026-11-30T23:59:59Z, 202611",
        "1970-01-01T00:00:00Z, 2026-11-30T23:59:59Z, 202001",
        "2023-02-28T00:00:00Z, 2026-11-30T23:59:59Z, 202302",
    })
    void theMonthIsThatOfTheMessageUnlessItCannotBe(String occurredAt, String receivedAt, int month) {
        assertThat(copy(message("otlp-logs", "x")
                                .setOccurredAt(Micros.of(Instant.parse(occurredAt)))
                                .setReceivedAt(Micros.of(Instant.parse(receivedAt))))
                        .month())
                .isEqualTo(month);
    }

    @Test
    void whatIsNoTimeIsRefused() {
        assertThatThrownBy(() -> copy(message("otlp-logs", "secret").setOccurredAt(Long.MAX_VALUE)))
                .isInstanceOf(ArithmeticException.class)
                .hasMessageStartingWith("occurred_at: ")
                .hasMessageNotContaining("secret");
    }

    @Test
    void textIsWellFormed() {
        assertThat(copy(message("otlp-logs", "a\ud83d b\u0000")).texts()).containsExactly("a\ufffd b\u0000");
    }
}
