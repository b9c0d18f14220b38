package io.sluice.claudeapi;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.schema.DeadLetter;
import io.sluice.schema.ReportedRow;
import java.time.LocalDate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What no documentation promises. */
class RowTest {
    private final DayRows rows = new DayRows("acme", "usage", "test", LocalDate.of(2026, 11, 20), 42);

    private void read(String json) throws Exception {
        JsonNode node = ApiConnection.JSON.readTree(json);
        rows.read(node, (each, row) -> row.usageOrCost(each, rows.day()));
    }

    private ReportedRow only() {
        assertThat(rows.letters()).isEmpty();
        assertThat(rows.rows()).hasSize(1);
        return rows.rows().values().iterator().next();
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "`{\"output_tokens\": -1}`, output_tokens, number-out-of-range",
                "`{\"output_tokens\": \"5\"}`, output_tokens, wrong-shape",
                "`{\"output_tokens\": 1.5}`, output_tokens, wrong-shape",
                "`{\"total_tokens\": 99999999999999999999}`, total_tokens, number-out-of-range",
                "`{\"amount\": \"a secret\"}`, amount, wrong-shape",
                "`{\"amount\": \"1\", \"currency\": \"EUR\"}`, currency, unknown-value",
                "`{\"starting_at\": \"2026-11-19T00:00:00Z\"}`, starting_at, number-out-of-range",
                "`{\"starting_at\": \"yesterday\"}`, starting_at, wrong-shape",
                "`{\"actor\": {\"type\": \"user_actor\"}}`, actor, missing-field",
                "`{\"actor\": 5}`, actor, wrong-shape"
            })
    void aRowThatCannotBeReadIsADeadLetter(String json, String field, String reason) throws Exception {
        read(json);
        read("{\"model\": \"other\", \"output_tokens\": 1}");
        assertThat(rows.rows()).hasSize(1);
        assertThat(rows.letters()).hasSize(1);
        DeadLetter letter = rows.letters().values().iterator().next();
        assertThat(letter.getField()).isEqualTo(field);
        assertThat(letter.getReason()).isEqualTo(reason);
        assertThat(letter.getMessage()).startsWith(field + ": ").contains("(expected: ");
        assertThat(letter.getMessage()).doesNotContain("secret");
    }

    @Test
    void whatUpstreamAddsIsKept() throws Exception {
        read("{\"model\": \"m\", \"planet\": \"mars\", \"crew\": 5, \"ratio\": 0.5, \"later\": null,"
                + " \"usage\": {\"output_tokens\": 3, \"thinking_tokens\": 2},"
                + " \"server_tool_use\": {\"web_search_requests\": 1, \"web_fetch_requests\": 4}}");
        ReportedRow row = only();
        assertThat(row.getDimensions()).containsOnlyKeys("model", "planet");
        assertThat(row.getCounts()).containsOnlyKeys("crew", "thinking_tokens", "server_tool_use.web_fetch_requests");
        assertThat(row.getAttributes()).containsOnlyKeys("ratio");
        assertThat(row.getOutputTokens()).isEqualTo(3);
    }

    @Test
    void anActorIsTextOrAnObject() throws Exception {
        read("{\"actor\": \"user_01\"}");
        assertThat(only().getActor()).isEqualTo("user_01");
        read("{\"actor\": {\"type\": \"user\", \"id\": \"user_01\", \"email\": \"Dev@Example.com\"}}");
        assertThat(rows.rows().values()).extracting(ReportedRow::getActor).contains("dev@example.com");
    }

    /** The same row twice is one; two that cannot be told apart are not added up. */
    @Test
    void repetitionAndAmbiguity() throws Exception {
        read("{\"model\": \"m\", \"output_tokens\": 1}");
        read("{\"model\": \"m\", \"output_tokens\": 1}");
        assertThat(only().getOutputTokens()).isEqualTo(1);
        read("{\"model\": \"m\", \"output_tokens\": 2}");
        assertThat(rows.rows()).hasSize(1);
        assertThat(rows.letters().values()).extracting(DeadLetter::getReason).containsExactly("ambiguous-row");
    }
}
