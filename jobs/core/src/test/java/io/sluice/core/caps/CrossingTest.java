package io.sluice.core.caps;

import static io.sluice.core.caps.CapPeriod.MONTHLY;
import static io.sluice.core.caps.CapScope.ORGANIZATION_TOTAL;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What happens when a cap is edited, row by row. */
class CrossingTest {
    private static final long MONTH = History.at("2026-11-01T00:00:00Z");
    private static final long HOUR = 3_600_000_000L;
    private static final Pattern STEP = Pattern.compile("(\\w+) ?(-?\\w+)?( .*)?");

    /**
     * Steps, an hour apart: {@code cap N} (dollars), {@code unlimited}, {@code remove}, {@code off}, {@code on}, {@code
     * spend N}; and the crossings as version:percent, with {@code *} for those by an edit.
     */
    static Stream<Arguments> rows() {
        return Stream.of(
                row("a jump crosses all, each once", "cap 100, spend 40, spend 65", "1:50 1:75 1:90 1:100"),
                row("exactly the threshold crosses it", "cap 100, spend 50", "1:50"),
                row("a micro-dollar less does not", "cap 100, spend 49", ""),
                row("without a cap nothing", "spend 1000", ""),
                row("raised, fired and spent: carried over", "cap 100, spend 80, cap 101", "1:50 1:75"),
                row("raised, not yet spent: armed again", "cap 100, spend 80, cap 200, spend 30", "1:50 1:75 2:50"),
                row("raised, armed again, not crossed", "cap 100, spend 80, cap 200, spend 10", "1:50 1:75"),
                row("lowered: each not yet fired at once", "cap 100, spend 60, cap 66", "1:50 2:75* 2:90*"),
                row("a threshold added at once", "cap 100, spend 60, cap 100 50;55;75", "1:50 2:55*"),
                row("removed: resolved, none fire", "cap 100, spend 80, remove, spend 100", ""),
                row("unlimited: resolved, none fire", "cap 100, spend 80, unlimited, spend 100", ""),
                row("removed and made again: by percent it fired", "cap 100, spend 80, remove, cap 100", ""),
                row("made again, the rest fires", "cap 100, spend 80, remove, spend 15, cap 100", "3:90*"),
                row("disabled and enabled: nothing again", "cap 100, spend 80, off, on", "1:50 1:75"),
                row("spent while disabled: fires on enabling", "cap 100, spend 60, off, spend 20, on", "1:50 3:75*"),
                row("a cap after spend: at once", "spend 80, cap 100", "1:50* 1:75*"),
                row("a correction below", "cap 100, spend 80, back 30", "1:50"),
                row("zero has no thresholds", "cap 0, spend 80", ""),
                row("from zero to an amount", "cap 0, spend 80, cap 100", "2:50* 2:75*"),
                row("a new period arms all", "cap 100, spend 120, month, spend 60", "1:50"));
    }

    private static Arguments row(String situation, String steps, String crossings) {
        return Arguments.of(situation, steps, crossings);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("rows")
    void crosses(String situation, String steps, String crossings) {
        History history = new History();
        Spend spend = new Spend(100);
        long at = MONTH;
        long last = at;
        List<Integer> thresholds = History.DEFAULT;
        long dollars = 0;
        for (String step : steps.split(", ")) {
            at += HOUR;
            Matcher parts = STEP.matcher(step);
            assertThat(parts.matches()).as(step).isTrue();
            switch (parts.group(1)) {
                case "cap" -> {
                    dollars = Long.parseLong(parts.group(2));
                    if (parts.group(3) != null) {
                        thresholds = Stream.of(parts.group(3).strip().split(";"))
                                .map(Integer::valueOf)
                                .toList();
                    }
                    history.cap(at, ORGANIZATION_TOTAL, null, MONTHLY, dollars, true, thresholds);
                }
                case "unlimited" -> history.cap(at, ORGANIZATION_TOTAL, null, MONTHLY, null);
                case "remove" -> history.delete(at, ORGANIZATION_TOTAL, null, MONTHLY);
                case "off" -> history.cap(at, ORGANIZATION_TOTAL, null, MONTHLY, dollars, false, thresholds);
                case "on" -> history.cap(at, ORGANIZATION_TOTAL, null, MONTHLY, dollars, true, thresholds);
                case "spend" -> {
                    last = at;
                    spend.add(at, Long.parseLong(parts.group(2)) * History.DOLLAR);
                }
                case "back" -> spend.add(last, -Long.parseLong(parts.group(2)) * History.DOLLAR);
                case "month" -> at = MONTHLY.end(MONTH);
                default -> throw new IllegalArgumentException(step);
            }
        }
        List<LimitVersion> versions = LimitTimeline.ofShared(history.caps(), ORGANIZATION_TOTAL, null, MONTHLY)
                .versions();
        versions.forEach(version -> spend.cut(version.since()));
        List<String> found = new ArrayList<>();
        for (Crossing each :
                Crossing.of(versions, MONTHLY, MONTHLY.start(at), spend).list()) {
            found.add(each.limit().capVersion() + ":" + each.percent() + (each.byEdit() ? "*" : ""));
        }
        assertThat(String.join(" ", found)).as(situation).isEqualTo(crossings);
    }
}
