package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.testing.GrafanaQuery;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The dashboards in {@code docker/grafana} as files: what can be seen without asking anybody. */
class DashboardLayoutTest {
    private static final Path DOCKER = Path.of("../docker");
    private static final Path DASHBOARDS = DOCKER.resolve("grafana/dashboards");
    private static final Path PICTURES = Path.of("../docs/dashboards");
    private static final int COLUMNS = 24;

    private static JsonNode dashboard(String name) {
        return Objects.requireNonNull(GrafanaQuery.dashboards(DASHBOARDS).get(name));
    }

    private static String provisioning() throws IOException {
        return Files.readString(DOCKER.resolve("grafana/provisioning/datasources/sluice.yaml"));
    }

    @Test
    void thereAreSix() {
        assertThat(GrafanaQuery.dashboards(DASHBOARDS).keySet())
                .containsExactly("adoption", "organization", "outcomes", "pipeline", "spend", "tools");
        assertThat(GrafanaQuery.dashboards(DASHBOARDS).values())
                .extracting(dashboard -> dashboard.path("uid").asText())
                .doesNotHaveDuplicates()
                .allMatch(uid -> uid.startsWith("sluice-"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"adoption", "organization", "outcomes", "pipeline", "spend", "tools"})
    void everyPanelSaysWhatItShows(String name) throws IOException {
        Set<String> known = new HashSet<>(Set.of("__expr__", "-- Mixed --"));
        Matcher uid = Pattern.compile("uid: (\\S+)").matcher(provisioning());
        while (uid.find()) {
            known.add(uid.group(1));
        }
        Set<String> variables = new HashSet<>();
        dashboard(name)
                .at("/templating/list")
                .forEach(each -> variables.add("$" + each.path("name").asText()));
        String picture = Files.readString(PICTURES.resolve(name + ".svg"));
        Set<String> titles = new HashSet<>();
        Set<Integer> ids = new HashSet<>();
        for (JsonNode panel : dashboard(name).path("panels")) {
            String title = panel.path("title").asText();
            assertThat(titles.add(title)).as("%s: twice", title).isTrue();
            assertThat(picture).contains(">" + title + "</text>");
            assertThat(ids.add(panel.path("id").asInt())).as("%s: id", title).isTrue();
            assertThat(panel.path("description").asText()).as(title).endsWith(".");
            assertThat(panel.at("/fieldConfig/defaults/unit").asText())
                    .as(title)
                    .isNotEmpty();
            assertThat(panel.at("/fieldConfig/defaults/noValue").asText())
                    .as(title)
                    .isNotEmpty();
            Set<String> letters = new HashSet<>();
            for (JsonNode target : panel.path("targets")) {
                assertThat(letters.add(target.path("refId").asText())).as(title).isTrue();
                assertThat(known)
                        .as(title)
                        .contains(target.at("/datasource/uid").asText());
                Matcher variable =
                        Pattern.compile("\\$\\w+").matcher(target.path("query").asText());
                while (variable.find()) {
                    assertThat(variables).as(title).contains(variable.group());
                }
            }
            assertThat(known).as(title).contains(panel.at("/datasource/uid").asText());
            assertThat(panel.path("targets"))
                    .as("%s: asked in one call", title)
                    .hasSizeBetween(1, DashboardRoutes.MOST_SEARCHES);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"adoption", "organization", "outcomes", "pipeline", "spend", "tools"})
    void panelsLieBesideEachOther(String name) {
        Set<List<Integer>> taken = new HashSet<>();
        for (JsonNode panel : dashboard(name).path("panels")) {
            JsonNode place = panel.path("gridPos");
            int right = place.path("x").asInt() + place.path("w").asInt();
            assertThat(right).isLessThanOrEqualTo(COLUMNS);
            for (int x = place.path("x").asInt(); x < right; x++) {
                for (int y = 0; y < place.path("h").asInt(); y++) {
                    assertThat(taken.add(List.of(x, y + place.path("y").asInt())))
                            .as("%s: over another", panel.path("title"))
                            .isTrue();
                }
            }
        }
    }

    /** One data source for each index: Grafana has index and field of time there, and not in a query. */
    @Test
    void dataSourcesAreThoseOfTheServer() throws IOException {
        String provisioning = provisioning();
        for (DashboardIndex index : DashboardIndex.values()) {
            assertThat(provisioning)
                    .contains("uid: sluice-" + index.parameter() + "\n")
                    .contains("      index: " + index.parameter() + "\n      timeField: " + index.time() + "\n");
        }
        assertThat(provisioning.split("url: http://server:8080" + DashboardRoutes.BASE + "\n"))
                .hasSize(DashboardIndex.values().length + 1);
        assertThat(provisioning).doesNotContain("9200");
    }

    @Test
    void composeHandsOverWhatThereIs() throws IOException {
        String compose = Files.readString(DOCKER.resolve("compose.yaml"));
        Set<String> mounts = new TreeSet<>();
        Matcher mount = Pattern.compile("- (\\./(?:grafana|prometheus)\\S*?):(\\S+?):ro")
                .matcher(compose);
        while (mount.find()) {
            assertThat(DOCKER.resolve(mount.group(1))).exists();
            mounts.add(mount.group(2));
        }
        assertThat(mounts)
                .containsExactly(
                        "/etc/grafana/dashboards", "/etc/grafana/provisioning", "/etc/prometheus/prometheus.yml");
        assertThat(Files.readString(DOCKER.resolve("grafana/provisioning/dashboards/sluice.yaml")))
                .contains("path: /etc/grafana/dashboards\n");
        assertThat(provisioning()).contains("$__file{/run/secrets/grafana-token}");
        assertThat(compose).contains("      - grafana-token\n", "  grafana-token:\n    file: ${GRAFANA_TOKEN_FILE");
    }
}
