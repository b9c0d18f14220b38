package io.sluice.core.reconcile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.core.reconcile.Reconciliation.Explained;
import io.sluice.schema.ReportedDay;
import io.sluice.schema.ReportedRow;
import io.sluice.schema.SpendCell;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReconcilerTest {
    private static final LocalDate DAY = LocalDate.of(2026, 11, 20);
    private static final long START = Days.start(DAY);
    private static final long HOUR = 3_600_000_000L;
    private static final long END = START + 24 * HOUR;
    private static final long FETCHED = END + 10 * HOUR;

    private final Reconciler reconciler = new Reconciler(Reconciler.PRODUCTS);

    private static OwnDay.Part own(String product, long micros) {
        return new OwnDay.Part(product, "events", START, START + HOUR, micros);
    }

    private static ReportedCost reported(@Nullable Long first, ReportedCost.Part... parts) {
        return new ReportedCost(DAY, "analytics-cost", List.of(parts), FETCHED, FETCHED - HOUR, first, true);
    }

    private static ReportedCost.Part part(@Nullable String product, long micros, @Nullable Long list) {
        return new ReportedCost.Part(product, micros, list);
    }

    private Explained explain(List<OwnDay.Part> own, @Nullable ReportedCost reported) {
        Reconciliation found = reconciler.reconcile(new OwnDay(DAY, own), Optional.ofNullable(reported));
        assertThat(found.explained().sum()).isEqualTo(found.differenceMicros());
        return found.explained();
    }

    @Test
    void aDayThatAgreesHasNoReasonsHoweverOftenItWasRevised() {
        assertThat(explain(List.of(own("claude-code", 100)), reported(20L, part("claude_code", 100, 100L))))
                .isEqualTo(new Explained(0, 0, 0, 0, 0, 0));
    }

    @Test
    void productsThatOnlyOneSideKnows() {
        assertThat(explain(
                        List.of(own("claude-code", 60), own("claude-code-desktop", 40), own("plugin", 7)),
                        reported(130L, part("claude_code", 100, 100L), part("chat", 30, 40L))))
                .isEqualTo(new Explained(7 - 30, 0, 0, 0, 0, 0));
    }

    @Test
    void aDiscountOfTheContract() {
        assertThat(explain(List.of(own("claude-code", 100)), reported(80L, part("claude_code", 80, 100L))))
                .isEqualTo(new Explained(0, 20, 0, 0, 0, 0));
    }

    @Test
    void aDayThatWasNotReadYet() {
        assertThat(explain(List.of(own("claude-code", 100), own("plugin", 1)), null))
                .isEqualTo(new Explained(0, 0, 101, 0, 0, 0));
    }

    @Test
    void hoursThatUpstreamsDataDidNotCover() {
        ReportedCost noon = new ReportedCost(
                DAY, "analytics-cost", List.of(part("claude_code", 100, 100L)), FETCHED, START + 12 * HOUR, 100L, true);
        OwnDay.Part evening = new OwnDay.Part("claude-code", "events", START + 20 * HOUR, START + 20 * HOUR, 50);
        assertThat(explain(List.of(own("claude-code", 100), evening), noon))
                .isEqualTo(new Explained(0, 0, 50, 0, 0, 0));
    }

    @Test
    void whatCameAfterTheReading() {
        OwnDay.Part late = new OwnDay.Part("claude-code", "events", START, FETCHED + 1, 50);
        assertThat(explain(List.of(own("claude-code", 100), late), reported(100L, part("claude_code", 100, 100L))))
                .isEqualTo(new Explained(0, 0, 0, 50, 0, 0));
        assertThat(explain(List.of(own("claude-code", 100), late), reported(150L, part("claude_code", 150, 150L))))
                .as("upstream had it all the same")
                .isEqualTo(new Explained(0, 0, 0, 0, 0, 0));
    }

    @Test
    void whatTheReportHasMovedItself() {
        assertThat(explain(List.of(own("claude-code", 100)), reported(100L, part("claude_code", 130, 130L))))
                .isEqualTo(new Explained(0, 0, 0, 0, -30, 0));
        assertThat(explain(List.of(own("claude-code", 100)), reported(120L, part("claude_code", 130, 130L))))
                .as("it moved by 10 only")
                .isEqualTo(new Explained(0, 0, 0, 0, -10, -20));
        assertThat(explain(List.of(own("claude-code", 100)), reported(120L, part("claude_code", 90, 90L))))
                .isEqualTo(new Explained(0, 0, 0, 0, 10, 0));
        assertThat(explain(List.of(own("claude-code", 100)), reported(null, part("claude_code", 130, 130L))))
                .isEqualTo(new Explained(0, 0, 0, 0, 0, -30));
    }

    /** The first API of the Console: no products, no list price. */
    @Test
    void aReportThatTellsLess() {
        Reconciliation found = reconciler.reconcile(
                new OwnDay(DAY, List.of(own("claude-code", 100), own("plugin", 5))),
                Optional.of(reported(95L, part(null, 95, null))));
        assertThat(found.listMicros()).isNull();
        assertThat(found.explained()).isEqualTo(new Explained(0, 0, 0, 0, 0, 10));
    }

    @Test
    void daysMustBeTheSame() {
        assertThatThrownBy(
                        () -> reconciler.reconcile(new OwnDay(DAY.plusDays(1), List.of()), Optional.of(reported(0L))))
                .hasMessage("day: 2026-11-20 (expected: 2026-11-21)");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 20261120})
    void thePartsAddUpWhateverThereIs(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 5_000; i++) {
            List<OwnDay.Part> own = new ArrayList<>();
            for (int n = random.nextInt(8); n > 0; n--) {
                own.add(new OwnDay.Part(
                        any(random, "claude-code", "claude-code-desktop", "cowork", "plugin"),
                        any(random, "events", "counters"),
                        START + random.nextInt(24) * HOUR,
                        random.nextInt(3) == 0 ? 0 : START + random.nextInt(60) * HOUR,
                        random.nextInt(1_000_000) - 50_000));
            }
            List<ReportedCost.Part> parts = new ArrayList<>();
            boolean withList = random.nextBoolean();
            for (int n = random.nextInt(8); n > 0; n--) {
                long micros = random.nextInt(1_000_000) - 50_000;
                parts.add(part(
                        random.nextInt(6) == 0 ? null : any(random, "claude_code", "chat", "cowork"),
                        micros,
                        withList ? Long.valueOf(micros + random.nextInt(100_000)) : null));
            }
            ReportedCost reported = random.nextInt(10) == 0
                    ? null
                    : new ReportedCost(
                            DAY,
                            "analytics-cost",
                            parts,
                            START + random.nextInt(60) * HOUR,
                            START + random.nextInt(60) * HOUR,
                            random.nextBoolean() ? Long.valueOf(random.nextInt(2_000_000)) : null,
                            true);
            Reconciliation found = reconciler.reconcile(new OwnDay(DAY, own), Optional.ofNullable(reported));
            Explained explained = found.explained();
            assertThat(explained.sum()).as("seed %d, case %d", seed, i).isEqualTo(found.differenceMicros());
            assertThat(found.differenceMicros()).isEqualTo(found.sluiceMicros() - found.reportedMicros());
            long left = found.differenceMicros() - explained.otherProducts() - explained.contractPrice();
            if (reported != null) {
                for (long reason : List.of(
                        explained.notYetReported(), explained.late(), explained.revised(), explained.unexplained())) {
                    assertThat(reason == 0 || Long.signum(reason) == Long.signum(left))
                            .as("seed %d, case %d: %s", seed, i, explained)
                            .isTrue();
                }
            }
            Collections.shuffle(own, random);
            Collections.shuffle(parts, random);
            assertThat(reconciler.reconcile(new OwnDay(DAY, own), Optional.ofNullable(reported)))
                    .as("in another order")
                    .isEqualTo(found);
        }
    }

    private static String any(Random random, String... of) {
        return of[random.nextInt(of.length)];
    }

    /** From the records on the topics. */
    @Test
    void ofCellsAndRows() {
        OwnDay own = OwnDay.of(
                DAY,
                List.of(
                        cell("claude-code", START, 100, 0),
                        cell("claude-code", END, 999, 0),
                        cell("claude-code", START + HOUR, 30, 202612)));
        assertThat(own.micros()).isEqualTo(130);
        assertThat(own.byProduct()).isEqualTo(Map.of("claude-code", 130L));
        assertThat(own.byBasis()).isEqualTo(Map.of("events", 130L));
        ReportedDay reading = ReportedDay.newBuilder()
                .setOrgId("acme")
                .setReport("cost")
                .setAdapter("analytics-cost")
                .setStartingAt(START)
                .setEndingAt(END)
                .setFetchedAt(FETCHED)
                .setRefreshedAt(FETCHED - HOUR)
                .setFirstFetchedAt(END)
                .setFirstCostMicros(80L)
                .build();
        List<ReportedRow> rows = List.of(
                row("acme", "cost", "analytics-cost", START, false, 80L),
                row("acme", "cost", "legacy-cost", START, false, 80L),
                row("acme", "user_cost", "enterprise-user-cost", START, false, 80L),
                row("acme", "cost", "analytics-cost", END, false, 1L),
                row("acme", "cost", "analytics-cost", START, true, 1L),
                row("acme", "cost", "analytics-cost", START, false, null),
                row("beta", "cost", "analytics-cost", START, false, 1L));
        assertThat(ReportedCost.of(DAY, null, rows)).isEmpty();
        ReportedCost cost = ReportedCost.of(DAY, reading, rows).orElseThrow();
        assertThat(cost.micros()).isEqualTo(80);
        assertThat(cost.byProduct()).isEqualTo(Map.of("claude_code", 80L));
        assertThat(reconciler.reconcile(own, Optional.of(cost)))
                .isEqualTo(new Reconciliation(DAY, 130, 80, 100L, 50, new Explained(0, 20, 0, 30, 0, 0), true));
    }

    private static SpendCell cell(String product, long startingAt, long micros, int importedIn) {
        return SpendCell.newBuilder()
                .setOrgId("acme")
                .setStartingAt(startingAt)
                .setUser("dev@example.com")
                .setTeam("unassigned")
                .setModel("claude-opus-5-5")
                .setProduct(product)
                .setBasis("events")
                .setSpendMicros(micros)
                .setRequests(1)
                .setInputTokens(1)
                .setOutputTokens(1)
                .setCacheReadTokens(0)
                .setCacheCreationTokens(0)
                .setImportedIn(importedIn)
                .setVersion(1)
                .build();
    }

    private static ReportedRow row(
            String orgId, String report, String adapter, long startingAt, boolean gone, @Nullable Long micros) {
        return ReportedRow.newBuilder()
                .setOrgId(orgId)
                .setRowId("1")
                .setReport(report)
                .setAdapter(adapter)
                .setStartingAt(startingAt)
                .setEndingAt(startingAt + 24 * HOUR)
                .setFetchedAt(FETCHED)
                .setGone(gone)
                .setProduct("claude_code")
                .setCostMicros(micros)
                .setListCostMicros(micros == null ? null : Long.valueOf(micros + 20))
                .build();
    }
}
