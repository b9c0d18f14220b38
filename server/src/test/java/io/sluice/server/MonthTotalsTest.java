package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MonthTotalsTest {
    /** A Wednesday. */
    private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");

    private final MonthTotals totals = new MonthTotals(Period.monthOf(NOW));

    /** Of an instrument, by the values of its labels. */
    private Map<String, Double> figures(ExportInstrument instrument) {
        Map<String, Double> figures = new TreeMap<>();
        totals.newest().figures().getOrDefault(instrument, Map.of()).forEach((attributes, value) -> {
            StringBuilder labels = new StringBuilder();
            instrument.labels().forEach(label -> labels.append(' ').append(attributes.get(label.key())));
            figures.put(labels.toString().strip(), value);
        });
        return figures;
    }

    private void update(ExportFigures figures) {
        totals.update(figures.answers(), NOW);
    }

    @Test
    void addsUpWhatIsToldTogether() {
        update(new ExportFigures()
                .cell("platform", "opus", 5)
                .cell(null, null, 7)
                .row("Edit", "accepted_user_temporary", 3)
                .row("Edit", "accepted_config", 5)
                .row("Write", "rejected_user_abort", 2)
                .row("Bash", "accepted_user_temporary", 100)
                .row("mcp__a__b", "tool_succeeded", 1)
                .row("mcp_tool", "tool_failed", 2)
                .row("deploy-to-prod", "tool_succeeded", 4)
                .row(null, "events_seen", 9)
                .row("Read", "events_missing", 1)
                .records("otlp-logs", "accepted", 6)
                .people("day", "2026-11-25T00:00:00Z", 3)
                .people("week", "2026-11-23T00:00:00Z", 4)
                .people("month", "2026-10-01T00:00:00Z", 5));
        assertThat(figures(ExportInstrument.COST)).isEqualTo(Map.of("platform opus", 5.0, "unassigned unknown", 7.0));
        assertThat(figures(ExportInstrument.TOKENS))
                .as("what came from the cache is input")
                .containsEntry("anthropic opus input", 13.0)
                .containsEntry("anthropic opus output", 2.0);
        assertThat(figures(ExportInstrument.API_TOKENS))
                .containsEntry("opus input", 1.0)
                .containsEntry("opus output", 2.0)
                .containsEntry("opus cache_read", 4.0)
                .containsEntry("opus cache_creation", 8.0);
        assertThat(figures(ExportInstrument.EDIT_DECISIONS))
                .isEqualTo(
                        Map.of("accept person", 3.0, "accept other", 5.0, "reject person", 2.0, "reject other", 0.0));
        assertThat(figures(ExportInstrument.TOOL_CALLS))
                .isEqualTo(Map.of(
                        "mcp_tool success", 1.0,
                        "mcp_tool failure", 2.0,
                        "other success", 4.0,
                        "other failure", 0.0));
        assertThat(figures(ExportInstrument.COMPLETE)).isEqualTo(Map.of("", 0.9));
        assertThat(figures(ExportInstrument.RECORDS))
                .containsEntry("otlp-logs accepted", 6.0)
                .hasSize(ExportQuestions.OUTCOMES.size());
        assertThat(figures(ExportInstrument.ACTIVE_USERS)).isEqualTo(Map.of("day", 3.0, "week", 4.0, "month", 0.0));
    }

    @Test
    void whatHasNoRowsIsNotZero() {
        update(new ExportFigures());
        assertThat(figures(ExportInstrument.PROMPTS)).isEmpty();
        assertThat(figures(ExportInstrument.COMPLETE)).isEmpty();
    }

    @Test
    void aCounterNeverFallsAndAGaugeMay() {
        update(new ExportFigures().cell("a", "m", 10).people("day", "2026-11-25T00:00:00Z", 3));
        update(new ExportFigures().cell("a", "m", 7).people("day", "2026-11-25T00:00:00Z", 2));
        assertThat(figures(ExportInstrument.COST)).isEqualTo(Map.of("a m", 10.0));
        assertThat(figures(ExportInstrument.ACTIVE_USERS)).containsEntry("day", 2.0);
        update(new ExportFigures());
        assertThat(figures(ExportInstrument.COST)).as("moved away altogether").isEqualTo(Map.of("a m", 10.0));
        update(new ExportFigures().cell("a", "m", 12));
        assertThat(figures(ExportInstrument.COST)).isEqualTo(Map.of("a m", 12.0));
    }

    @Test
    void theLargestAreNamedAndStayNamed() {
        ExportFigures before = new ExportFigures();
        for (int team = 0; team < 30; team++) {
            before.cell("team-" + team, "m", 1000 - team);
        }
        totals.rank(before.cells());
        update(new ExportFigures()
                .cell("team-29", "m", 5)
                .cell("team-0", "m", 1)
                .cell("other", "m", 2));
        assertThat(figures(ExportInstrument.COST)).isEqualTo(Map.of("team-0 m", 1.0, "other m", 7.0));
        update(new ExportFigures()
                .cell("team-29", "m", 1_000_000)
                .cell("team-0", "m", 1)
                .cell("other", "m", 2));
        assertThat(figures(ExportInstrument.COST))
                .as("nobody moves out of the others, where it was counted")
                .isEqualTo(Map.of("team-0 m", 1.0, "other m", 1_000_002.0));
        assertThat(figures(ExportInstrument.DROPPED_LABEL_VALUES))
                .containsEntry("team", 2.0)
                .containsEntry("status", 0.0);
    }

    @Test
    void whatLooksLikeAPersonIsNotNamed() {
        update(new ExportFigures()
                .cell("alice@example.com", "m", 3)
                .cell("a", "claude-opus-4@20250514", 4)
                .cell("a", "x".repeat(101), 5));
        assertThat(figures(ExportInstrument.COST))
                .isEqualTo(Map.of("other m", 3.0, "a claude-opus-4@20250514", 4.0, "a other", 5.0));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 20261125})
    void growingCellsAddUpWhoeverIsNamed(long seed) {
        Random random = new Random(seed);
        long[] teams = new long[60];
        for (int round = 0; round < 20; round++) {
            ExportFigures figures = new ExportFigures();
            for (int team = 0; team < teams.length; team++) {
                teams[team] += random.nextInt(5) == 0 ? random.nextInt(1000) : 0;
                if (teams[team] > 0) {
                    figures.cell("team-" + team, "model-" + team % 25, teams[team]);
                }
            }
            update(figures);
            double all = figures(ExportInstrument.COST).values().stream()
                    .mapToDouble(Double::doubleValue)
                    .sum();
            long spent = 0;
            for (long team : teams) {
                spent += team;
            }
            assertThat(all).as("seed %d, round %d", seed, round).isEqualTo(spent);
        }
        assertThat(figures(ExportInstrument.COST)).hasSizeLessThanOrEqualTo(ExportInstrument.COST.mostSeries());
    }

    @ParameterizedTest
    @CsvSource({"Bash, Bash", "mcp__github__push, mcp_tool", "mcp_tool, mcp_tool", "alice@example.com, other", ", other"
    })
    void toolsAreThoseOfTheClient(String tool, String told) {
        assertThat(ToolNames.of(tool)).isEqualTo(told);
        assertThat(ToolNames.count()).isEqualTo(ToolNames.MOST);
    }
}
