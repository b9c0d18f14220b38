package io.sluice.elasticsearch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BulkAnswerTest {
    /** As a server 8.19 answers, with and without the filter. */
    private static final String ANSWER = """
            {"errors":true,"took":0,"items":[
              {"index":{"status":201,"_id":"1","_shards":{"total":1}}},
              {"index":{"_index":"a","status":400,"error":{"type":"document_parsing_exception",
                "reason":"[1:6] failed to parse field [n] of type [long] in document with id '2'. Preview of field's value: 'SECRET'",
                "caused_by":{"type":"illegal_argument_exception","reason":"For input string: SECRET"}}}}]}
            """;

    @Test
    void itemsInOrder() throws IOException {
        List<BulkAnswer.Item> items = BulkAnswer.parse(bytes(ANSWER));
        assertThat(items).extracting(BulkAnswer.Item::status).containsExactly(201, 400);
        assertThat(items).extracting(BulkAnswer.Item::errorType).containsExactly(null, "document_parsing_exception");
    }

    @Test
    void aRejectedDocumentQuotesNoContent() throws IOException {
        BulkAnswer.Item refused = BulkAnswer.parse(bytes(ANSWER)).get(1);
        BulkItem item = new BulkItem(
                "a", "2", 7, bytes("{\"n\":\"SECRET\",\"o\":{\"org_id\":\"inner\"},\"org_id\":\"acme\"}"), 0);
        RejectedDocument rejected =
                RejectedDocument.of(item, refused.status(), refused.errorType(), refused.errorReason());
        assertThat(rejected)
                .isEqualTo(new RejectedDocument("a", "2", 7, 400, "document_parsing_exception", "n", "acme"));
        assertThat(rejected.toString()).doesNotContain("SECRET");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[1:20] mapping set to strict, dynamic introduction of [no.such] within [_doc] is not allowed | no.such",
                "Document contains at least one immense term in field=\"k\" (whose UTF8 encoding is longer) | k",
                "[1:6] failed to parse field [a b SECRET] of type [long] |",
                "[1:2] failed to parse: [1:6] Unexpected end of file |",
                "|",
            })
    void theFieldAlone(@Nullable String reason, @Nullable String field) {
        BulkItem item = new BulkItem("a", "2", 7, bytes("{}"), 0);
        assertThat(RejectedDocument.of(item, 400, null, reason))
                .isEqualTo(new RejectedDocument("a", "2", 7, 400, "unknown", field, null));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "[]", "{\"a\":", "{\"org_id\":7}", "{\"org_id\":null}", "{\"a\":{\"org_id\":\"acme\"}}"})
    void nobodysDocument(String source) {
        BulkItem item = new BulkItem("a", "2", 7, bytes(source), 0);
        assertThat(RejectedDocument.of(item, 400, null, null).orgId()).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "<html>SECRET</html>", "{\"SECRET"})
    void noJson(String body) {
        assertThat(BulkAnswer.errorType(bytes(body))).isEqualTo("unknown");
        if (!body.isEmpty()) {
            assertThatThrownBy(() -> BulkAnswer.parse(bytes(body)))
                    .isInstanceOf(IOException.class)
                    .hasNoCause()
                    .message()
                    .doesNotContain("SECRET");
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
