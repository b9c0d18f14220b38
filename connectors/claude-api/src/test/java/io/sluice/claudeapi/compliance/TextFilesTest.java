package io.sluice.claudeapi.compliance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TextFilesTest {
    @ParameterizedTest
    @CsvSource({
        "text/plain, a.bin, true",
        "TEXT/CSV; charset=utf-8, a, true",
        "application/json, a, true",
        "application/vnd.api+json, a, true",
        "image/svg+xml, a.svg, true",
        "application/x-yaml, a, true",
        "application/pdf, a.txt, false",
        "image/png, a.png, false",
        ", a.MD, true",
        ", archive.tar.gz, false",
        ", json, false",
        ", , false",
        "application/octet-stream, a.py, true",
        "application/octet-stream, a.exe, false"
    })
    void aFileIsTextByItsTypeElseByTheEndingOfItsName(String type, String name, boolean expected) {
        assertThat(TextFiles.isText(JsonNodeFactory.instance
                        .objectNode()
                        .put("mime_type", type)
                        .put("filename", name)))
                .isEqualTo(expected);
    }

    /** One that is dated wrongly is the next retention's. */
    @Test
    void aFileOfAProjectHasATime() {
        ArrayNode attachments = JsonNodeFactory.instance.arrayNode();
        ObjectNode file = attachments.addObject().put("type", "project_file");
        file.put("id", "claude_file_1").put("mime_type", "text/plain");
        assertThat(TextFile.ofProject(attachments)).isEmpty();
        file.put("created_at", "1970-01-01T00:00:01Z");
        assertThat(TextFile.ofProject(attachments)).extracting(TextFile::at).containsExactly(1_000_000L);
    }

    @Test
    void bytesAreReadInTheCharsetThatIsNamed() {
        byte[] latin = "é".getBytes(StandardCharsets.ISO_8859_1);
        assertThat(TextFiles.decoded(latin, "text/plain; charset=iso-8859-1")).isEqualTo("é");
        assertThat(TextFiles.decoded(latin, "text/plain;charset=\"latin1\"")).isEqualTo("é");
        assertThat(TextFiles.decoded(latin, "text/plain; charset=of-nobody")).isEqualTo("\ufffd");
        assertThat(TextFiles.decoded(latin, null)).isEqualTo("\ufffd");
        assertThat(TextFiles.decoded("\ufeffé".getBytes(StandardCharsets.UTF_8), "text/plain"))
                .as("without its mark")
                .isEqualTo("é");
    }
}
