package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.linecorp.armeria.client.ClientFactory;
import io.sluice.core.directory.Directories;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class OpenApiTest {
    /** Calls back with the routes of a server whose neighbours need not be there. */
    private static void withRoutes(Consumer<List<Route>> test) {
        Settings settings = Settings.of(Map.of());
        TokenRegistry registry = new TokenRegistry();
        Access access = new Access(registry, settings.defaultOrganization());
        Elastic elastic = new Elastic(settings, ClientFactory.ofDefault());
        try (Health health = new Health(settings, ClientFactory.ofDefault(), registry, elastic);
                Publisher publisher = new Publisher(settings.kafkaBootstrapServers(), settings.kafkaAckTimeout());
                Kafka kafka = new Kafka(settings, registry, publisher, "");
                DirectoryStore directory = new DirectoryStore(
                        new Directories(),
                        new DirectoryIndex(elastic),
                        new DirectoryTopic(settings, kafka, version -> {}),
                        Clock.systemUTC())) {
            SpendReport spend = new SpendReport(elastic);
            TokenService tokens = new TokenService(
                    access, registry, token -> CompletableFuture.completedFuture(null), Clock.systemUTC());
            test.accept(new RestApi(
                            access,
                            List.of(
                                    SpendRoutes.of(spend, new Listing(elastic)),
                                    TokenRoutes.of(tokens),
                                    SeatRoutes.of(directory, elastic, null),
                                    InstallationRoutes.of(spend, health, () -> "")))
                    .routes());
        }
    }

    private static JsonNode document() throws IOException {
        try (InputStream in = Objects.requireNonNull(RestApi.class.getResourceAsStream("openapi.json"))) {
            return new ObjectMapper().readTree(in);
        }
    }

    @Test
    void describesEveryRouteAndNothingElse() throws IOException {
        Set<String> described = new TreeSet<>();
        document()
                .path("paths")
                .properties()
                .forEach(path -> path.getValue().fieldNames().forEachRemaining(member -> {
                    if (!member.equals("servers")) {
                        described.add(member.toUpperCase(Locale.ROOT) + " " + path.getKey());
                    }
                }));
        withRoutes(routes -> {
            Set<String> served = new TreeSet<>();
            routes.forEach(route -> served.add(route.method() + " " + route.path()));
            for (Signal signal : Signal.values()) {
                served.add("POST " + signal.path());
            }
            assertThat(described).isEqualTo(served);
        });
    }

    @Test
    void describesEveryQueryParameter() throws IOException {
        JsonNode document = document();
        withRoutes(routes -> routes.forEach(route -> {
            Set<String> described = new TreeSet<>();
            JsonNode operation = document.path("paths")
                    .path(route.path())
                    .path(route.method().name().toLowerCase(Locale.ROOT));
            for (JsonNode given : operation.path("parameters")) {
                JsonNode parameter = resolve(document, given);
                if (parameter.path("in").asText().equals("query")) {
                    described.add(parameter.path("name").asText());
                }
            }
            assertThat(described).as(route.path()).isEqualTo(new TreeSet<>(route.parameters()));
        }));
    }

    @Test
    void everyReferenceLeadsSomewhere() throws IOException {
        JsonNode document = document();
        List<String> references = new ArrayList<>(document.findValuesAsText("$ref"));
        assertThat(references)
                .isNotEmpty()
                .allSatisfy(reference -> assertThat(
                                document.at(reference.substring(1)).isObject())
                        .as(reference)
                        .isTrue());
    }

    private static JsonNode resolve(JsonNode document, JsonNode node) {
        return node.has("$ref") ? document.at(node.path("$ref").asText().substring(1)) : node;
    }
}
