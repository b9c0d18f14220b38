package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
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

/** Knows what analytics of an organization may tell about persons. */
final class PrivacyGate {
    private static final int MOST_PEOPLE = 65_000; // buckets of one answer of Elasticsearch

    private final Organizations organizations;
    private final Elastic elastic;
    private final byte[] secret;
    private final Clock clock;

    /** @param secret what pseudonyms are made with; whoever has it can tell who is who */
    PrivacyGate(Organizations organizations, Elastic elastic, String secret, Clock clock) {
        this.organizations = organizations;
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

    /** The labels behind pseudonyms; a name that is nobody's stays, and nothing will be found. */
    CompletableFuture<List<String>> labels(String orgId, Privacy privacy, List<String> names) {
        if (privacy.names() == null || names.isEmpty()) {
            return CompletableFuture.completedFuture(names);
        }
        CompletableFuture<List<String>> ofRows = users(orgId, Index.CODE_METRICS);
        return ofRows.thenCombine(users(orgId, Index.SPEND_CELLS), (rows, cells) -> {
            Map<String, String> labels = new HashMap<>();
            rows.forEach(user -> labels.put(privacy.name(user), user));
            cells.forEach(user -> labels.put(privacy.name(user), user));
            return names.stream().map(name -> labels.getOrDefault(name, "")).toList();
        });
    }

    private CompletableFuture<List<String>> users(String orgId, Index index) {
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("size", 0);
        body.putObject("aggs")
                .putObject("users")
                .putObject("terms")
                .put("field", "user")
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
