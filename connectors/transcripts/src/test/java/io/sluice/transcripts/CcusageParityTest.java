package io.sluice.transcripts;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The same against the tool itself: {@code mvn test -Dtest=CcusageParityTest -Dccusage=<its executable>}, and
 * {@code -Dccusage.scope=BY_MESSAGE} or {@code BY_SESSION} for what only some versions agree with. Results are in
 * README.md.
 */
@EnabledIfSystemProperty(named = "ccusage", matches = ".+")
class CcusageParityTest {
    private static final int SESSIONS = 250;

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 20261124})
    void totalsPerDayAndModelAreEqual(long seed) throws Exception {
        Corpus.Scope scope = Corpus.Scope.valueOf(System.getProperty("ccusage.scope", Corpus.Scope.COMMON.name()));
        SortedMap<String, byte[]> files = Corpus.generate(seed, SESSIONS, scope);
        Corpus.write(files, folder);
        Map<DayModel, Tokens> reported = report();
        assertThat(ParityTest.decoded(files).entrySet())
                .as("seed %d, %d files", seed, files.size())
                .hasSizeGreaterThan(200)
                .containsExactlyElementsOf(reported.entrySet());
        System.out.printf(
                "seed %d: %d files, %d rows of day and model, %d tokens: equal%n",
                seed,
                files.size(),
                reported.size(),
                reported.values().stream().mapToLong(Tokens::total).sum());
    }

    private Map<DayModel, Tokens> report() throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(
                System.getProperty("ccusage"), "claude", "daily", "--offline", "--json", "--timezone", "UTC");
        builder.environment().put("CLAUDE_CONFIG_DIR", folder.toString());
        builder.redirectError(ProcessBuilder.Redirect.DISCARD);
        Process process = builder.start();
        JsonNode report = new ObjectMapper().readTree(process.getInputStream());
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        Map<DayModel, Tokens> totals = new TreeMap<>(Comparator.comparing(DayModel::toString));
        for (JsonNode day : report.path("daily")) {
            for (JsonNode model : day.path("modelBreakdowns")) {
                totals.merge(
                        new DayModel(
                                day.path("date").asText(),
                                model.path("modelName").asText()),
                        new Tokens(
                                model.path("inputTokens").asLong(),
                                model.path("outputTokens").asLong(),
                                model.path("cacheReadTokens").asLong(),
                                model.path("cacheCreationTokens").asLong()),
                        Tokens::plus);
            }
        }
        return totals;
    }
}
