package io.sluice.schema;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class ContentIndexTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void stemmedTextIsWhereTheClusterHasTheAnalyzer() throws Exception {
        JsonNode core = JSON.readTree(ContentIndex.MESSAGES.template(false));
        JsonNode whole = JSON.readTree(ContentIndex.MESSAGES.template(true));
        String folded = "/template/mappings/properties/folded";
        assertThat(core.at(folded).has("fields")).isFalse();
        assertThat(whole.at(folded + "/fields/stemmed/analyzer").asText()).isEqualTo("english");
        assertThat(whole.at(folded + "/analyzer")).isEqualTo(core.at(folded + "/analyzer"));
        assertThat(ContentIndex.CONVERSATIONS.template(true)).isEqualTo(ContentIndex.CONVERSATIONS.template(false));
    }

    @Test
    void namesAreOfAnOrganizationAndAMonthAndFitTheTemplate() throws Exception {
        long at = Micros.of(Instant.parse("2026-11-30T23:59:59Z"));
        String index = ContentIndex.messages("acme/../*", at);
        assertThat(index).matches("sluice-messages-[0-9a-f]{16}-2026-11");
        assertThat(index).isNotEqualTo(ContentIndex.messages("acme", at));
        for (ContentIndex each : ContentIndex.values()) {
            assertThat(JSON.readTree(each.template()).path("index_patterns"))
                    .extracting(JsonNode::asText)
                    .isEqualTo(List.of(each.templateName() + "-*"));
        }
        assertThat(ContentIndex.documentId("a", "bc")).isNotEqualTo(ContentIndex.documentId("ab", "c"));
    }
}
