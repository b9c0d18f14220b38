package io.sluice.core.directory;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.schema.Topic;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Which plan has which feature. Data, since plans change. */
public final class Plans {
    /** @param name as {@code DirectoryOrganization.plan} spells it */
    public record Plan(String name, String title) {}

    /** @param plans that have it, in the order of the data; at least one */
    public record Feature(String name, String title, List<Plan> plans) {}

    private final Map<String, Plan> plans = new LinkedHashMap<>();
    private final Map<String, Feature> features = new LinkedHashMap<>();

    private Plans(JsonNode data) {
        for (JsonNode node : list(data, "plans")) {
            Plan plan = new Plan(text(node, "name"), text(node, "title"));
            if (plans.put(plan.name, plan) != null) {
                throw new IllegalArgumentException("plans: " + plan.name + " twice (expected: once)");
            }
        }
        for (JsonNode node : list(data, "features")) {
            List<Plan> having = new ArrayList<>();
            for (JsonNode plan : list(node, "plans")) {
                having.add(plan(plan.asText()));
            }
            Feature feature = new Feature(text(node, "name"), text(node, "title"), List.copyOf(having));
            if (features.put(feature.name, feature) != null) {
                throw new IllegalArgumentException("features: " + feature.name + " twice (expected: once)");
            }
        }
    }

    /** The plans that come with Sluice. */
    public static Plans bundled() {
        try (InputStream in = Topic.class.getResourceAsStream("plans.json")) {
            if (in == null) {
                throw new IllegalStateException("plans.json: missing from the class path");
            }
            return read(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @throws IllegalArgumentException when something is missing, named twice, or a feature's plan is not listed */
    public static Plans read(InputStream json) throws IOException {
        return new Plans(new ObjectMapper().readTree(json));
    }

    /** @throws IllegalArgumentException when a feature or plan of this name does not exist */
    public boolean has(String plan, String feature) {
        return feature(feature).plans.contains(plan(plan));
    }

    /** @throws IllegalArgumentException when it does not exist */
    public Plan plan(String name) {
        return found("plan", name, plans);
    }

    /** Empty: there is no plan of this name. For names that come from outside. */
    public Optional<Plan> findPlan(String name) {
        return Optional.ofNullable(plans.get(name));
    }

    /** @throws IllegalArgumentException when it does not exist */
    public Feature feature(String name) {
        return found("feature", name, features);
    }

    /** In the order of the data, as the names of the features. */
    public Set<String> planNames() {
        return Collections.unmodifiableSet(plans.keySet());
    }

    public Set<String> featureNames() {
        return Collections.unmodifiableSet(features.keySet());
    }

    private static <T> T found(String what, String name, Map<String, T> known) {
        T value = known.get(name);
        if (value == null) {
            throw new IllegalArgumentException(what + ": a text of " + name.length()
                    + " characters that is none (expected: one of " + String.join(", ", known.keySet()) + ")");
        }
        return value;
    }

    private static JsonNode list(JsonNode node, String field) {
        JsonNode value = node.get(field);
        if (value == null || !value.isArray() || value.isEmpty()) {
            throw new IllegalArgumentException(field + ": missing or empty (expected: a list)");
        }
        return value;
    }

    private static String text(JsonNode node, String field) {
        JsonNode value = node.get(field);
        if (value == null || !value.isTextual() || value.asText().isBlank()) {
            throw new IllegalArgumentException(field + ": missing or empty (expected: a text)");
        }
        return value.asText();
    }
}
