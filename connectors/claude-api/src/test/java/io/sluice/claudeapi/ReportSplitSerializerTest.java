package io.sluice.claudeapi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ReportSplitSerializerTest {
    private static final LocalDate DAY = LocalDate.of(2026, 11, 20);

    private final ReportSplitSerializer serializer = new ReportSplitSerializer();

    private static ReportSplit split() {
        ReportSplit split = new ReportSplit("acme", Report.USER_COST, DAY.plusDays(2));
        split.newestReadAt = 1_795_459_944_601_123L;
        DayState read = new DayState();
        read.firstReadAt = 1_795_400_000_000_000L;
        read.readAt = 1_795_459_944_601_123L;
        read.firstCost = -5L;
        read.firstListCost = 161_400L;
        read.known.put(new RowId(1, -2), 3_000L);
        read.known.put(new RowId(4, 5), DayState.LETTER);
        split.days.put(DAY, read);
        DayState pending = new DayState();
        pending.known.put(new RowId(7, 8), DayState.PENDING);
        split.days.put(DAY.plusDays(1), pending);
        return split;
    }

    private static void assertIsTheSplit(ReportSplit split) {
        assertThat(split).usingRecursiveComparison().isEqualTo(split());
    }

    @Test
    void whatIsWrittenIsRead() throws IOException {
        assertIsTheSplit(serializer.deserialize(1, serializer.serialize(split())));
    }

    /** The bytes of a checkpoint that this version has taken, for all later ones. */
    @Test
    void stateOfVersionOneIsRead() throws IOException {
        try (InputStream in = ReportSplitSerializerTest.class.getResourceAsStream("report-split-v1.hex")) {
            assertThat(in)
                    .as(
                            "report-split-v1.hex, of this version: %s",
                            HexFormat.of().formatHex(serializer.serialize(split())))
                    .isNotNull();
            String hex = new String(in.readAllBytes(), StandardCharsets.US_ASCII).strip();
            assertIsTheSplit(serializer.deserialize(1, HexFormat.of().parseHex(hex)));
        }
    }

    @Test
    void stateOfALaterVersionIsRefused() {
        assertThatThrownBy(() -> serializer.deserialize(2, new byte[0]))
                .isInstanceOf(IOException.class)
                .hasMessage("split: version 2 (expected: 1 to 1)");
    }

    @Test
    void theEnumerator() throws IOException {
        EnumeratorStateSerializer states = new EnumeratorStateSerializer();
        ReportEnumerator.State state = new ReportEnumerator.State(Set.of("acme|cost", "acme|usage"), List.of(split()));
        ReportEnumerator.State read = states.deserialize(1, states.serialize(state));
        assertThat(read.known()).isEqualTo(state.known());
        assertThat(read.unassigned()).hasSize(1).allSatisfy(ReportSplitSerializerTest::assertIsTheSplit);
    }
}
