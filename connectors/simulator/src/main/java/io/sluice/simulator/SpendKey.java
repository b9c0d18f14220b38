package io.sluice.simulator;

import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a correct receiver books spend under.
 *
 * @param user e-mail, lower case
 * @param team {@code team.id}, else {@link #UNASSIGNED}
 * @param model id
 * @param product {@code service.name}
 * @param repository {@code vcs.repository.url.full}; null: the session was in no repository
 * @param mcpServer null: the request used no result of an MCP tool
 * @param skill null: none
 * @param hour its start, UTC: of the event's time; for spend known from counters alone, of the point's time
 */
public record SpendKey(
        String user,
        String team,
        String model,
        String product,
        @Nullable String repository,
        @Nullable String mcpServer,
        @Nullable String skill,
        Instant hour) {
    public static final String UNASSIGNED = "unassigned";

    /** What spend can be grouped by. */
    public enum Dimension {
        USER,
        TEAM,
        MODEL,
        PRODUCT,
        REPOSITORY,
        MCP_SERVER,
        SKILL
    }

    /** Null: the key has none. */
    public @Nullable String value(Dimension dimension) {
        return switch (dimension) {
            case USER -> user;
            case TEAM -> team;
            case MODEL -> model;
            case PRODUCT -> product;
            case REPOSITORY -> repository;
            case MCP_SERVER -> mcpServer;
            case SKILL -> skill;
        };
    }

    Map<Dimension, String> values(Iterable<Dimension> dimensions) {
        Map<Dimension, String> values = new EnumMap<>(Dimension.class);
        for (Dimension dimension : dimensions) {
            String value = value(dimension);
            if (value != null) {
                values.put(dimension, value);
            }
        }
        return values;
    }
}
