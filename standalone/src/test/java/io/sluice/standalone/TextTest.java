package io.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What people see. */
class TextTest {
    @Test
    void moneyIsExactToTheMicroDollar() {
        assertThat(Money.dollars(0)).isEqualTo("$0.000000");
        assertThat(Money.dollars(24_201)).isEqualTo("$0.024201");
        assertThat(Money.dollars(-1)).isEqualTo("-$0.000001");
        assertThat(Money.dollars(1_234_567_890_123L)).isEqualTo("$1,234,567.890123");
        assertThat(Money.dollars(Long.MAX_VALUE)).isEqualTo("$9,223,372,036,854.775807");
    }

    @Test
    void columnsAreAligned() {
        Table table = new Table(Table.Column.text("user"), Table.Column.number("requests"));
        table.row("ann", "1").row("bartholomew", "12,345");

        assertThat(table.render().lines())
                .containsExactly(
                        "user         requests",
                        "-----------  --------",
                        "ann                 1",
                        "bartholomew    12,345");
    }

    @Test
    void namesCannotCommandTheTerminal() {
        Table table = new Table(Table.Column.text("user"));
        table.row("\u001b[31mred\u202e\n");

        assertThat(table.render())
                .contains("?[31mred??")
                .doesNotContain("\u001b")
                .doesNotContain("\u202e");
    }

    @Test
    void aRowHasAsManyCellsAsTheTable() {
        Table table = new Table(Table.Column.text("user"));

        assertThatThrownBy(() -> table.row("a", "b")).hasMessage("cells: 2 (expected: 1)");
    }

    @Test
    void spendByUser() throws IOException {
        String text = SpendCommand.text(Api.JSON.readTree("""
                        {"data":[
                          {"starting_at":"2026-11-01T00:00:00Z","ending_at":"2026-12-01T00:00:00Z",
                           "group":{"user":"alice@example.com","repository":null},"spend_micros":161400,"requests":4,
                           "tokens":{"input":4810,"output":1294,"cache_read":60000,"cache_write":12000}},
                          {"starting_at":"2026-11-01T00:00:00Z","ending_at":"2026-12-01T00:00:00Z",
                           "group":{"user":"bob@example.com","repository":"r"},"spend_micros":96840,"requests":null,
                           "tokens":{"input":1,"output":2,"cache_read":3,"cache_write":4}}],
                         "has_more":false,"next_page":null,"watermark":null,"period":"month",
                         "starting_at":"2026-11-01T00:00:00Z","ending_at":"2026-12-01T00:00:00Z"}
                        """), List.of("user", "repository"));

        assertThat(text.lines())
                .containsExactly(
                        "Spend in 2026-11-01 to 2026-12-01 (UTC, end not included)",
                        "",
                        "month    user               repository  spend USD  requests  input  output  cache read  cache write",
                        "-------  -----------------  ----------  ---------  --------  -----  ------  ----------  -----------",
                        "2026-11  alice@example.com  (none)      $0.161400         4  4,810   1,294      60,000       12,000",
                        "2026-11  bob@example.com    r           $0.096840         -      1       2           3            4",
                        "total                                   $0.258240         4");
    }

    @Test
    void noSpendSaysWhatToDo() throws IOException {
        assertThat(SpendCommand.text(Api.JSON.readTree("{\"data\":[],\"starting_at\":null}"), List.of("user")))
                .startsWith("No spend yet.")
                .contains("./sluice import");
        assertThat(SpendCommand.text(
                        Api.JSON.readTree(
                                "{\"data\":[],\"starting_at\":\"2026-01-01T00:00:00Z\",\"ending_at\":\"2026-01-02T00:00:00Z\"}"),
                        List.of("user")))
                .isEqualTo("No spend in 2026-01-01 to 2026-01-02 (UTC, end not included).");
    }

    @Test
    void ledger() throws IOException {
        String text = LedgerCommand.text(Api.JSON.readTree("""
                        {"data":[{"source":"otlp-logs","hour":"2026-11-23T22:00:00Z","received":52,"accepted":50,"duplicate":2}],
                         "totals":{"received":1052,"accepted":1050,"duplicate":2},"balanced":true}
                        """));

        assertThat(text.lines())
                .containsExactly(
                        "hour received (UTC)   source     received  accepted  duplicate  rejected  late  ignored  erased  superseded",
                        "--------------------  ---------  --------  --------  ---------  --------  ----  -------  ------  ----------",
                        "2026-11-23T22:00:00Z  otlp-logs        52        50          2         0     0        0       0           0",
                        "total                               1,052     1,050          2         0     0        0       0           0",
                        "received = the sum of all others: yes");
        assertThat(LedgerCommand.text(Api.JSON.readTree("{\"data\":[]}"))).isEqualTo("Nothing received yet.");
    }

    @Test
    void ledgerWarnings() throws IOException {
        String text = LedgerCommand.text(Api.JSON.readTree("""
                        {"data":[{"source":"session-file","hour":"2026-11-23T22:00:00Z","received":1,"accepted":1}],
                         "balanced":true,
                         "warnings":[{"kind":"unknown-model","model":"claude-next","requests":1200,"spend_micros":161400,
                          "first_seen":"2026-11-01T00:00:01Z","last_seen":"2026-11-05T00:00:00Z"}]}
                        """));

        assertThat(text.lines().skip(4))
                .containsExactly(
                        "",
                        "warning        model        requests  spend USD  first seen (UTC)      last seen (UTC)",
                        "-------------  -----------  --------  ---------  --------------------  --------------------",
                        "unknown-model  claude-next     1,200  $0.161400  2026-11-01T00:00:01Z  2026-11-05T00:00:00Z",
                        "unknown-model: not in the price book, so its tokens are priced at a default");
    }
}
