package io.sluice.claudeapi.compliance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.claudeapi.TestPace;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What one writes first: tiled windows, a cursor that only goes on, the newest answer wins. */
final class NaivePoller {
    private static final ObjectMapper JSON = new ObjectMapper();

    final Set<String> activities = new TreeSet<>();
    final Map<String, String> texts = new TreeMap<>();
    private final HttpClient http = HttpClient.newHttpClient();
    private final URI url;
    private final TestPace pace;

    NaivePoller(URI url, TestPace pace) {
        this.url = url;
        this.pace = pace;
    }

    void run(Instant from, Instant end) throws IOException, InterruptedException {
        Instant polled = from;
        String cursor = null;
        while (pace.now().isBefore(end)) {
            Instant now = pace.now();
            JsonNode feed = get("activities?limit=5000&created_at.gte=" + polled + "&created_at.lt=" + now);
            if (feed != null) {
                feed.path("data").forEach(row -> activities.add(row.path("id").asText()));
            }
            polled = now;
            JsonNode chats =
                    get("apps/chats?order_by=updated_at&limit=1000" + (cursor == null ? "" : "&after_id=" + cursor));
            if (chats != null) {
                for (JsonNode chat : chats.path("data")) {
                    messages(chat.path("id").asText());
                }
                cursor = chats.path("last_id").asText(cursor);
            }
            pace.sleep(Duration.ofMinutes(1));
        }
    }

    private void messages(String id) throws IOException, InterruptedException {
        JsonNode chat = get("apps/chats/" + id + "/messages");
        if (chat != null) {
            for (JsonNode message : chat.path("chat_messages")) {
                texts.put(
                        id + "|" + message.path("id").asText(),
                        message.at("/content/0/text").asText());
            }
        }
    }

    private @Nullable JsonNode get(String target) throws IOException, InterruptedException {
        HttpResponse<String> answer = http.send(
                HttpRequest.newBuilder(URI.create(url + "/v1/compliance/" + target))
                        .header("x-api-key", Driver.KEY)
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        return answer.statusCode() == 200 ? JSON.readTree(answer.body()) : null;
    }
}
