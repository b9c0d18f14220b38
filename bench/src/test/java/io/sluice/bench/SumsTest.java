package io.sluice.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.schema.Actor;
import io.sluice.schema.SpendCell;
import io.sluice.schema.UsageEvent;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SumsTest {
    private static final long HOUR = 3_600_000_000L;

    private static UsageEvent request(String email, @Nullable String skill, long occurredAt, long micros) {
        return UsageEvent.newBuilder()
                .setOrgId("default")
                .setEventId("e")
                .setOccurredAt(occurredAt)
                .setReceivedAt(occurredAt)
                .setSource("otlp-logs")
                .setActor(Actor.newBuilder().setEmail(email).build())
                .setModel("claude-opus-4-5")
                .setProduct("claude-code")
                .setTeam("platform")
                .setSkill(skill)
                .setTerminal("vscode")
                .setReportedCostMicros(micros)
                .setOutputTokens(10)
                .build();
    }

    private static SpendCell cell(String user, @Nullable String skill, long startingAt, long micros, long requests) {
        return SpendCell.newBuilder()
                .setOrgId("default")
                .setStartingAt(startingAt)
                .setUser(user)
                .setTeam("platform")
                .setModel("claude-opus-4-5")
                .setProduct("claude-code")
                .setSkill(skill)
                .setTerminal("vscode")
                .setBasis("events")
                .setSpendMicros(micros)
                .setRequests(requests)
                .setInputTokens(0)
                .setOutputTokens(10 * requests)
                .setCacheReadTokens(0)
                .setCacheCreationTokens(0)
                .setVersion(1)
                .build();
    }

    private static SpendCell elsewhere(String terminal, boolean remote) {
        SpendCell cell = cell("a@example.com", null, HOUR, 120, 2);
        cell.setTerminal(terminal);
        cell.setRemote(remote);
        return cell;
    }

    private static Sums requests() {
        Sums sums = new Sums();
        sums.add(request("a@example.com", null, HOUR + 5, 100));
        sums.add(request("b@example.com", "review", HOUR + 6, 7));
        sums.add(request("a@example.com", null, 2 * HOUR - 1, 20));
        return sums;
    }

    private static Sums cells(SpendCell... cells) {
        Sums sums = new Sums();
        for (SpendCell cell : cells) {
            sums.add(cell, 1);
        }
        return sums;
    }

    @Test
    void cellsAddUpToTheirRequests() {
        Sums cells = cells(cell("b@example.com", "review", HOUR, 7, 1), cell("a@example.com", null, HOUR, 120, 2));

        assertThat(cells.differenceFrom(requests())).isNull();
        assertThat(cells.total(Sums.Field.MICROS)).isEqualTo(127);
        assertThat(cells.total(Sums.Field.OUTPUT)).isEqualTo(30);
    }

    @Test
    void aCellMayBeReplaced() {
        Sums cells = cells(cell("b@example.com", "review", HOUR, 7, 1), cell("a@example.com", null, HOUR, 100, 1));
        cells.add(cell("a@example.com", null, HOUR, 100, 1), -1);
        cells.add(cell("a@example.com", null, HOUR, 120, 2), 1);

        assertThat(cells.differenceFrom(requests())).isNull();
    }

    @Test
    void aWrongTotalIsNamed() {
        Sums cells = cells(cell("b@example.com", "review", HOUR, 8, 1), cell("a@example.com", null, HOUR, 120, 2));

        assertThat(cells.differenceFrom(requests())).isEqualTo("sum of MICROS over all cells: 128 (expected: 127)");
    }

    @Test
    void anAmountInAnotherCellIsNoticed() {
        assertThat(new Sums[] {
                    cells(cell("b@example.com", "review", HOUR, 120, 2), cell("a@example.com", null, HOUR, 7, 1)),
                    cells(cell("b@example.com", null, HOUR, 7, 1), cell("a@example.com", null, HOUR, 120, 2)),
                    cells(cell("b@example.com", "review", 2 * HOUR, 7, 1), cell("a@example.com", null, HOUR, 120, 2)),
                    cells(cell("b@example.com", "review", HOUR, 8, 1), cell("a@example.com", null, HOUR, 119, 2)),
                    cells(cell("b@example.com", "review", HOUR, 7, 1), elsewhere("xterm", false)),
                    cells(cell("b@example.com", "review", HOUR, 7, 1), elsewhere("vscode", true))
                })
                .allSatisfy(cells -> assertThat(cells.differenceFrom(requests()))
                        .isEqualTo("cells: the totals are right, but amounts are in wrong cells"));
    }
}
