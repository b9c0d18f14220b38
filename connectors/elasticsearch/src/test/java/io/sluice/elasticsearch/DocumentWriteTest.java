package io.sluice.elasticsearch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.flink.types.PojoTestUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DocumentWriteTest {
    @Test
    void travelsWithoutKryo() {
        PojoTestUtils.assertSerializedAsPojoWithoutKryo(DocumentWrite.class);
    }

    @Test
    void refusesWhatWouldFailAWholeRequest() {
        assertThatThrownBy(() -> new DocumentWrite("", "1", 1, "{}"))
                .hasMessage("index: empty (expected: the name of an index)");
        assertThatThrownBy(() -> new DocumentWrite("i", "1", -1, "{}")).hasMessage("version: -1 (expected: >= 0)");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 513, 10_000})
    void refusesIdsOfTheWrongLength(int length) {
        assertThatThrownBy(() -> new DocumentWrite("i", "x".repeat(length), 1, "{}"))
                .hasMessage("id: " + length + " characters (expected: 1 to 512 bytes of UTF-8)");
    }

    @Test
    void countsTheBytesOfAnIdNotItsCharacters() {
        assertThat(new DocumentWrite("i", "x".repeat(512), 1, "{}").id()).hasSize(512);
        assertThat(new DocumentWrite("i", "é".repeat(256), 1, "{}").id()).hasSize(256);
        assertThatThrownBy(() -> new DocumentWrite("i", "é".repeat(257), 1, "{}"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void saysNoContent() {
        assertThat(new DocumentWrite("i", "1", 1, "{\"text\":\"SECRET\"}").toString())
                .doesNotContain("SECRET")
                .contains("id=1");
    }

    @Test
    void becomesTwoLinesOfABulkRequest() throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        BulkItem item = BulkItem.of(new DocumentWrite("i", "a\"b\\c\nd é", 7, "{\n  \"text\": \"x\\ny €\"\r\n}"));
        item.writeTo(out);
        List<String> lines = out.toString(StandardCharsets.UTF_8).lines().toList();
        assertThat(lines).hasSize(2);
        ObjectMapper json = new ObjectMapper();
        assertThat(json.readTree(lines.get(0))).isEqualTo(json.readTree("""
                        {"index":{"_index":"i","_id":"a\\"b\\\\c\\nd é","version":7,"version_type":"external"}}"""));
        assertThat(json.readTree(lines.get(1)).path("text").asText()).isEqualTo("x\ny €");
        assertThat(item.size()).isGreaterThanOrEqualTo(out.size());
    }
}
