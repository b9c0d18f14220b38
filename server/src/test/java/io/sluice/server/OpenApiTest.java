package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.linecorp.armeria.client.ClientFactory;
import io.sluice.core.directory.Directories;
import io.sluice.core.directory.Plans;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class OpenApiTest {
    private static final Leavers LEAVERS = (orgId, userId) -> {};

    /** Calls back with the routes of a server whose neighbours need not be there. */
    static void withRoutes(Consumer<List<Route>> test) {
        Settings settings = Settings.of(Map.of(Setting.KAFKA_BOOTSTRAP_SERVERS, "127.0.0.1:1"));
        AccessFixture fixture = new AccessFixture();
        Elastic elastic = new Elastic(settings, ClientFactory.ofDefault());
        Directories directories = new Directories();
        try (Health health = new Health(settings, ClientFactory.ofDefault(), fixture.tokens, elastic, () -> false);
                Publisher publisher =
                        new Publisher(settings.kafkaBootstrapServers(), settings.kafkaAckTimeout(), null);
                Kafka kafka = new Kafka(settings, fixture.tokens, publisher, "");
                DirectoryStore directory = new DirectoryStore(
                        directories,
                        new DirectoryIndex(elastic),
                        new VersionTopic<>(settings, kafka, Control.DIRECTORY, directories::apply),
                        fixture.clock);
                CapStore caps = new CapStore(settings, kafka, elastic, fixture.clock);
                SpentBook spent = new SpentBook(settings, kafka);
                ComplianceRegister register = new ComplianceRegister(settings, kafka, elastic, fixture.clock);
                ErasureBook book = new ErasureBook(settings, kafka, elastic);
                HookLog hooks = new HookLog(publisher, kafka::ready);
                MetricsExport metrics = new MetricsExport(
                        new ExportQuestions(elastic),
                        orgId -> false,
                        new OtlpPush(null),
                        settings.metricsRefresh(),
                        fixture.clock)) {
            SpendReport spend = new SpendReport(elastic);
            ActiveDays activeDays = new ActiveDays(elastic, directories);
            CodeMetricsReport codeMetrics = new CodeMetricsReport(
                    elastic, fixture.privacy, new FrozenDays(elastic, directories, fixture.clock));
            CoveredContent content = new CoveredContent(elastic);
            PlanGate plans = new PlanGate(Plans.bundled(), fixture.organizations);
            RetentionRuns retention = new RetentionRuns(register, directory, content, plans, -1);
            Receipts receipts =
                    Receipts.signedBy(Files.createTempDirectory("receipts").resolve("key"));
            test.accept(new RestApi(
                            fixture.access,
                            new PlanGate(Plans.bundled(), fixture.organizations),
                            fixture.privacy,
                            fixture.pages,
                            fixture.audit,
                            List.of(
                                    SpendRoutes.of(spend, new Listing(elastic, directory)),
                                    CodeMetricsRoutes.of(
                                            codeMetrics,
                                            new CodeMetricsExplain(
                                                    elastic, codeMetrics, new Listing(elastic, directory)),
                                            new TelemetryHealth(elastic, activeDays),
                                            new NotSeen(activeDays, directories),
                                            new ClaudeCodeReport(elastic, directories, fixture.organizations::planOf),
                                            new AnalyticsReport(elastic, directories),
                                            new ReconciliationReport(elastic)),
                                    MetricsRoutes.of(metrics),
                                    DashboardRoutes.of(elastic, fixture.privacy, fixture.access),
                                    TokenRoutes.of(fixture.service),
                                    new ScimRoutes(directory, false, LEAVERS).group(),
                                    DirectoryRoutes.of(
                                            directory, new TeamAuthors(), fixture.access, Plans.bundled(), LEAVERS),
                                    SeatRoutes.of(directory, elastic, null),
                                    CapRoutes.of(caps, directory, spent, elastic, null),
                                    ClaudeCodeRoutes.of(
                                            new CapRoutes(caps, directory, spent, null), hooks, false, () -> 4318),
                                    new ComplianceDecisions(
                                                    register,
                                                    book,
                                                    directory,
                                                    content,
                                                    new FrozenMessages(elastic, directory))
                                            .routes(receipts, retention),
                                    AuditRoutes.of(
                                            elastic, new ChainHead(settings.kafkaBootstrapServers(), kafka::ready)),
                                    ContentRoutes.of(elastic, directory, fixture.pages, fixture.audit, fixture.clock),
                                    InstallationRoutes.of(spend, health, () -> "")))
                    .routes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
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
