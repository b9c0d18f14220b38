package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class HomePageTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static final Health.Report DOWN = new Health.Report(health("down"), false);

    private static ObjectNode health(String status) {
        ObjectNode json = JSON.createObjectNode();
        json.putObject("components").putObject("kafka").put("status", status);
        return json;
    }

    @Test
    void escapesWhatItShows() throws IOException {
        JsonNode spend = JSON.readTree("""
                {"starting_at": "2026-11-01T00:00:00Z", "ending_at": "2026-12-01T00:00:00Z", "has_more": false,
                 "data": [{"group": {"user": "<script>alert('x')</script>"}, "spend_micros": 161400, "requests": null}]}
                """);
        String page = HomePage.render("a\"b", DOWN, spend, "http://127.0.0.1:4318");
        assertThat(page)
                .doesNotContain("<script")
                .contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;")
                .contains("a&quot;b")
                .contains("<td class=\"n\">0.161400</td><td class=\"n\">unknown</td>")
                .contains("2026-11-01T00:00:00Z to 2026-12-01T00:00:00Z")
                .contains("export OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318\n");
    }

    @Test
    void saysWhenThereIsNothingToShow() throws IOException {
        assertThat(HomePage.render("default", DOWN, null, "http://127.0.0.1:4318"))
                .contains("Elasticsearch does not answer");
        assertThat(HomePage.render("default", DOWN, JSON.readTree("{\"data\": []}"), "http://127.0.0.1:4318"))
                .contains("No data yet");
    }
}
