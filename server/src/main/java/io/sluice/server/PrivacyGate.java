package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.core.directory.Directories;
import io.sluice.core.directory.Labels;
import io.sluice.core.privacy.PrivacyMode;
import io.sluice.core.privacy.Pseudonyms;
import io.sluice.schema.DirectoryOrganization;
import io.sluice.schema.Index;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/** Knows what analytics of an organization may tell about persons. */
final class PrivacyGate {
    private static final int MOST_PEOPLE = 65_000; // buckets of one answer of Elasticsearch

    private final Organizations organizations;
    private final Directories directories;
    private final Elastic elastic;
    private final byte[] secret;
    private final Clock clock;

    /** @param secret what pseudonyms are made with; whoever has it can tell who is who */
    PrivacyGate(Organizations organizations, Directories directories, Elastic elastic, String secret, Clock clock) {
        this.organizations = organizations;
        this.directories = directories;
        this.elastic = elastic;
        this.secret = secret.getBytes(StandardCharsets.UTF_8);
        this.clock = clock;
    }

    Privacy of(String orgId) {
        DirectoryOrganization organization = organizations.of(orgId);
        // A mode of a newer version is not known here: then nothing is told about persons.
        PrivacyMode mode = PrivacyMode.of(organization.getAnalyticsPrivacy()).orElse(PrivacyMode.TEAM_ONLY);
        return new Privacy(
                mode,
                organization.getMinimumGroupSize(),
                mode == PrivacyMode.PSEUDONYMOUS
                        ? new Pseudonyms(
                                secret, orgId, YearMonth.from(clock.instant().atZone(ZoneOffset.UTC)))
                        : null);
    }

    /** Whether people of an organization are named; not while that is not known. */
    boolean isNamed(String orgId) {
        try {
            return of(orgId).mode() == PrivacyMode.NAMED;
        } catch (Refusal unknown) {
            return false;
        }
    }

    /**
     * The labels behind pseudonyms, whoever tells of them: telemetry, Anthropic's reports, the directory. One that is nobody's
     * becomes empty, and nothing will be found.
     */
    CompletableFuture<List<String>> labels(String orgId, Privacy privacy, List<String> names) {
        if (privacy.names() == null || names.isEmpty()) {
            return CompletableFuture.completedFuture(names);
        }
        List<CompletableFuture<List<String>>> all = List.of(
                values(orgId, Index.CODE_METRICS, "user"),
                values(orgId, Index.SPEND_CELLS, "user"),
                values(orgId, Index.REPORTED, "actor"));
        return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).thenApply(done -> {
            Map<String, String> labels = new HashMap<>();
            Stream<String> known = all.stream().map(CompletableFuture::join).flatMap(List::stream);
            Stream<String> listed = directories.of(orgId).users().from(0, Integer.MAX_VALUE).stream()
                    .flatMap(user -> Labels.of(user.content()).stream());
            Stream.concat(known, listed).forEach(label -> labels.put(privacy.name(label), label));
            return names.stream().map(name -> labels.getOrDefault(name, "")).toList();
        });
    }

    private CompletableFuture<List<String>> values(String orgId, Index index, String field) {
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("size", 0);
        body.putObject("aggs")
                .putObject("users")
                .putObject("terms")
                .put("field", field)
                .put("size", MOST_PEOPLE);
        return elastic.search(orgId, index, new ArrayList<>(), body).thenApply(response -> {
            List<String> users = new ArrayList<>();
            for (JsonNode bucket : response.path("aggregations").path("users").path("buckets")) {
                users.add(bucket.path("key").asText());
            }
            return users;
        });
    }
}
