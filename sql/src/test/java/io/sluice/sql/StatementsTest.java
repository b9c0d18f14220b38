package io.sluice.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.apache.flink.types.Row;
import org.junit.jupiter.api.Test;

class StatementsTest {
    @Test
    void statementsEndAtSemicolonsOutsideOfQuotesAndComments() {
        assertThat(Statements.split("SELECT ';' AS `a;b`; -- one; two\n SELECT /* ; */ 'it''s; fine';\n-- the end;\n"))
                .containsExactly("SELECT ';' AS `a;b`", "-- one; two\n SELECT /* ; */ 'it''s; fine'");
        assertThat(Statements.split("SELECT 1")).containsExactly("SELECT 1");
        assertThat(Statements.split(" ; -- nothing\n;/* nothing */")).isEmpty();
    }

    @Test
    void aStatementIsCompleteWithItsSemicolon() {
        assertThat(Statements.isComplete("SELECT 1;")).isTrue();
        assertThat(Statements.isComplete("SELECT 1; -- done")).isTrue();
        assertThat(Statements.isComplete("")).isTrue();
        assertThat(Statements.isComplete("SELECT 1")).isFalse();
        assertThat(Statements.isComplete("SELECT 1; SELECT")).isFalse();
        assertThat(Statements.isComplete("SELECT ';")).isFalse();
        assertThat(Statements.isComplete("SELECT 1 -- ;")).isFalse();
    }

    @Test
    void plainIsWithoutComments() {
        assertThat(Statements.plain("-- why\nSET /* x */ 'a  --b' =\n 'c';")).isEqualTo("SET 'a  --b' = 'c';");
    }

    @Test
    void variablesAreFilledInAsText() {
        assertThat(Bundle.tables(Map.of("kafka", "it's:1", "bounded", "unbounded"))
                        .get(0))
                .contains("'properties.bootstrap.servers' = 'it''s:1'")
                .contains("'scan.bounded.mode' = 'unbounded'");
        assertThatThrownBy(() -> Bundle.tables(Map.of())).hasMessage("${kafka}: no such variable");
    }

    @Test
    void aQueryHasSeveralNames() {
        assertThat(Bundle.query("02").name()).isEqualTo("02-spend-by-user");
        assertThat(Bundle.query("spend-by-user").name()).isEqualTo("02-spend-by-user");
        assertThat(Bundle.query("02-spend-by-user").question())
                .isEqualTo("Who spends most, and how is spend spread over users?");
        assertThatThrownBy(() -> Bundle.query("spend"))
                .isInstanceOf(SqlException.class)
                .hasMessageStartingWith("query: spend (expected: one of 01-spend-by-month-day-hour, ");
    }

    @Test
    void valuesCannotCommandATerminal() {
        assertThat(Cells.text("\u001b[31mred\u202e\n")).isEqualTo("?[31mred??");
        assertThat(Cells.text(Map.of("b", 1, "a", "x"))).isEqualTo("{\"a\":\"x\",\"b\":1}");
        assertThat(Cells.text(Row.of("x", null))).isEqualTo("[\"x\",null]");
        assertThat(Cells.text(new Integer[] {1, 2})).isEqualTo("[1,2]");
    }
}
